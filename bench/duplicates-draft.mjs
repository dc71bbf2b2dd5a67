import fs from 'node:fs';import {execFileSync} from 'node:child_process';
import { createDecimator } from '/tmp/wt/audio/backend/src/audio/analysis/decimator.ts';
import { createPrintReader } from '/tmp/wt/audio/backend/src/audio/analysis/acoustic-print.ts';
import { compare } from '/tmp/wt/audio/backend/src/domain/copies/matching.ts';
const read=(f)=>{const b=fs.readFileSync(f);return new Float32Array(b.buffer,b.byteOffset,b.byteLength/4)};
const print=(s)=>{const d=createDecimator(48000);const p=createPrintReader(d.rateHz);for(let i=0;i<s.length;i+=16384)p.push(d.push(s.subarray(i,i+16384)));return p.finish();};
const dev=fs.readdirSync('/tmp/audio-raw/dev').map(f=>({f,s:read('/tmp/audio-raw/dev/'+f)}));
for(const x of dev)x.p=print(x.s);
// distractors: all pairs
const pairs=[];for(let i=0;i<dev.length;i++)for(let j=i+1;j<dev.length;j++){const l=compare(dev[i].p,dev[j].p);if(l)pairs.push([dev[i].f,dev[j].f,l]);}
const fmt=(l)=>`${l.differenceDb.toFixed(2)} r${l.correlation.toFixed(3)} ov${l.overlap.toFixed(2)} n${l.frames}`;
pairs.sort((a,b)=>a[2].differenceDb-b[2].differenceDb);console.log('closest different');for(const [a,b,l] of pairs.slice(0,25))console.log(a,b,fmt(l));
const tr=fs.readdirSync('/tmp/audio-raw/train').slice(0,500).map(f=>({f,p:print(read('/tmp/audio-raw/train/'+f).subarray(0,48000*20))}));
const p2=[];for(let i=0;i<tr.length;i++)for(let j=i+1;j<tr.length;j++){const l=compare(tr[i].p,tr[j].p);if(l&&l.differenceDb<2.6)p2.push([tr[i].f,tr[j].f,l]);}
p2.sort((a,b)=>a[2].differenceDb-b[2].differenceDb);console.log('closest train');for(const [a,b,l] of p2.slice(0,30))console.log(a,b,fmt(l));
// copies
const kinds={mp3_128:['-c:a','libmp3lame','-b:a','128k','.mp3'],mp3_64:['-c:a','libmp3lame','-b:a','64k','.mp3'],ogg:['-c:a','libvorbis','-q:a','3','.ogg'],aac:['-c:a','aac','-b:a','96k','.m4a'],opus:['-c:a','libopus','-b:a','48k','.opus'],r22:['-ar','22050','.wav'],m12:['-af','volume=-12dB','.wav'],p6:['-af','volume=6dB','.wav']};
fs.mkdirSync('/tmp/dupt',{recursive:true});
const res={};const sub=dev.filter((_,i)=>i%4===0);
const check=(k,x,s)=>{const l=compare(x.p,print(s));(res[k]??=[]).push([x.f,l]);};
for(const x of sub){const src='/work/shared/audio/dev/'+x.f.replace('.f32','.flac');
 for(const [k,a] of Object.entries(kinds)){const out='/tmp/dupt/x'+a.at(-1);execFileSync('ffmpeg',['-v','error','-y','-i',src,...a.slice(0,-1),out]);const raw=execFileSync('ffmpeg',['-v','error','-i',out,'-ac','1','-ar','48000','-f','f32le','-'],{maxBuffer:1e9});check(k,x,new Float32Array(raw.buffer,raw.byteOffset,raw.byteLength/4).slice());}
 const n=x.s.length;check('cutS10',x,x.s.slice(Math.round(n*.1)));check('cutS30',x,x.s.slice(Math.round(n*.3)));check('cutE30',x,x.s.slice(0,Math.round(n*.7)));check('cutE10',x,x.s.slice(0,Math.round(n*.9)));const pad=new Float32Array(n+48000);pad.set(x.s,24321);check('pad',x,pad);}
for(const [k,v] of Object.entries(res)){const nul=v.filter(([,l])=>!l).map(([f])=>f.slice(0,14));const d=v.filter(([,l])=>l).map(([f,l])=>[l.differenceDb,f,l]).sort((a,b)=>b[0]-a[0]);console.log(k,'null',nul.join(','),'worst',d.slice(0,6).map(([x,f,l])=>f.slice(0,14)+' '+fmt(l)).join('; '),'median',d[d.length>>1]?.[0].toFixed(2));}
