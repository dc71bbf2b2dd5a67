/** The words of a question or a request around what is asked for, in English and German. */

const choice = (...options: string[]): string => `(?:${options.join('|')})`;

const ENGLISH_ASKING = choice(
  '(?:hi(?![- ]?hats?\\b)|hey|hello|ok|okay)\\b[,!]?',
  'please',
  '(?:can|could|would|will) you(?: please)?(?: (?:find|give|show|get|play|search|look|pull up|bring up)\\b)?(?: me\\b| us\\b)?(?: for\\b)?(?: have\\b)?',
  '(?:find|search|look)(?: me| us)?(?: for| up)?(?= )',
  '(?:give|show|get|play|bring|fetch|send|pull up|bring up|hit)(?: (?:me|us))(?: with)?',
  '(?:need|want|got)(?= (?:an?|some|any|the)\\b)',
  '(?:any|a) chance of',
  'let (?:me|us) (?:hear|have|find)',
  "(?:i|we)(?: really)?(?: need| want| could use| require| wanna hear|(?: would|'d) like| (?:am|are) (?:looking|searching) for|'(?:m|re) (?:looking|searching) for|'m after)(?: to (?:hear|find|have|get))?",
  '(?:looking|searching) for',
  '(?:do|did) (?:you|we|i|they) (?:have|know|own)',
  'have (?:you|we|i) got',
  '(?:is|are|was) there',
  '(?:can|could|might|may|will|would) there be',
  '(?:can|could|may) (?:i|we) (?:please )?(?:hear|have|find|get)',
  'where (?:can|could|do) (?:i|we|you) (?:find|get|hear|have)',
  'where (?:is|are)',
  'what (?:about|does|do)',
  "what(?: is|'s|’s) the sound of",
  'how (?:about|does|do)',
  'how many',
);

const ENGLISH_FILLER = choice(
  '(?:something|anything|sounds?|one|ones)(?: (?:like|that sounds? like|similar to|resembling|with))',
  '(?:perhaps|maybe|possibly|by any chance|by chance)(?= )',
  'that sounds? like',
  '(?:what )?sounds? like',
  '(?:(?:the|a|an|some|any) )?(?:good |nice )?(?:sounds?|noises?|recordings?|samples?|clips?|sound effects?|effects?|sfx|fx|audio|foley) (?:of|with|from)',
  '(?:sfx|sound effects?|foley)(?:\\s*:)?(?= )',
  '(?:any|some|another|the|an?)(?= )',
);

const GERMAN_SOFTENERS = '(?: (?:mal|einmal|doch|bitte|kurz|schnell))*';

const GERMAN_ASKING = choice(
  '(?:hallo|hey|hi(?![- ]?hats?\\b))\\b[,!]?',
  'bitte',
  `(?:kannst|könntest|würdest|kann|könnte|darf|dürfte) (?:du|ich|man)(?: mir| uns)?${GERMAN_SOFTENERS}`,
  `(?:zeige?|suche?|finde|gib|spiele?|hole?|gebe?)(?: mir| uns)?${GERMAN_SOFTENERS}(?: nach)?(?= )`,
  `(?:lass|lasst) (?:mich|uns)${GERMAN_SOFTENERS}`,
  '(?:wie|was) (?:klingt|klingen)(?: wie)?',
  "gibt(?: es|s|’s|'s)(?: hier| da)?(?: auch)?",
  '(?:hast du|habt ihr|haben wir|haben sie|habe ich|hätten sie|hättest du)(?: hier| da)?(?: auch)?',
  'kennst du',
  'wie viele',
  `(?:ich|wir) (?:suchen?|brauchen?|bräuchten?|möchten?|will|wollen|hätten? gerne?|würden? gerne?|wünschen? (?:mir|uns)|hören? gern)(?: nach)?${GERMAN_SOFTENERS}`,
  '(?:gesucht|suche nach)(?: wird)?:?',
  'wo (?:finde ich|gibt es|ist|sind|finde|habe ich)',
);

const GERMAN_FILLER = choice(
  '(?:so )?(?:etwas|was|sowas|irgendwas|irgendetwas)(?: (?:wie|ähnliches wie|das klingt wie|das nach))',
  '(?:(?:das|ein|eine|den|dem|die) )?(?:geräusche?|klang|klänge|ton|töne|aufnahmen?|sounds?|soundeffekte?) (?:von|vom|einer|eines|des|mit|wie)(?: (?:einer|einem|der|dem|den))?',
  '(?:vielleicht|zufällig|eventuell|etwa|irgendwo|mal)(?= )',
  '(?:etwas|was|irgendwas|irgendetwas) mit',
  '(?:hier )?in (?:der|meiner|unserer|dieser) (?:Bibliothek|Sammlung)',
  'irgendeine?[nmrs]?(?= )',
  '(?:eine?[nmrs]?|der|die|das|den|dem)(?= )',
);

const ENDINGS = new RegExp(
  `[\\s,]*${choice(
    '\\?',
    '!',
    '\\bplease',
    '\\bthanks',
    '\\bthank you',
    '\\bin here',
    '\\b(?:in|from) (?:the|my|our|this) (?:library|collection)',
    '\\b(?:somewhere|anywhere|around here)',
    '\\bin (?:der|meiner|unserer|dieser) (?:Bibliothek|Sammlung)',
    '\\birgendwo',
    '\\bfor me',
    '\\bbitte',
    '\\bdanke',
    '\\bhier',
  )}$`,
  'iu',
);
const MOST_ENDINGS = 8;
/** What a German question ends with, and what is asked in English by "what does … sound like". */
const GERMAN_VERB = /\s(?:hören|finden|suchen|haben|zeigen|geben|vorspielen|abspielen|anhören|vor|ab|da|dabei)$/iu;
const SOUNDS_LIKE = /\s(?:sounds? like|sound|makes?)$/iu;
/** What `how many …` ends with. */
const THERE_ARE = /\s(?:are there|do (?:i|we|you) have|have (?:i|we|you) got|gibt es|habe ich|haben wir|hast du)$/iu;

/** Words that asking begins with, in any order; what is asked for begins with the first other one. */
const LEADING = new Set(
  (
    'i we you they he she it me us anybody anyone any some the a an all every no one there here is are am was were be been do does did ' +
    'have has had got get gotten can could would will might may must should happen to need want like love wish hear listen find ' +
    'search look looking searching for show give play me please good nice great wondering if possible what which where who how in mind trying this these those library ' +
    "of sounds sound recording recordings sample samples clip clips just maybe perhaps really that anything something with let's i'd i'm " +
    "we'd we're i've you've what's there's where's " +
    'ich wir du ihr sie man es mir uns euch bin ist sind seid habe hast hat haben habt hätte hättest hätten hättet kann kannst können ' +
    'könnt könnte könntest könnten könntet würde würdest würden will willst wollen möchte möchten suche suchen suchst auf nach gibt macht machen ' +
    "gibt's gib zeig zeigt zeige spiel spielt finde finden alle alles hier da auch mal doch bitte gern gerne zufällig vielleicht " +
    'irgendwo irgendwelche irgendein irgendeine irgendeinen wo was wer wie welche welcher welches an so etwas jemand gäbe wäre findest interessiere mich mit von für der die das den ' +
    'dem ein eine einen einem einer eines geräusch geräusche klang klänge aufnahme aufnahmen'
  ).split(' '),
);
/** What tells a request that no question mark does and none of the phrases above. */
const OPENS = new RegExp(
  `^${choice(
    "(?:i|we)(?: would|'d|’d| was| were| am|'m|’m| want| wish| could)",
    "let(?:'|’)?s (?:hear|have|find)",
    'would it be possible',
    'any(?:body|one) (?:got|have)',
    '(?:play|show)(?= (?:me|us|some|an?|the|any|my)\\b)',
    'ich (?:bin auf der suche|interessiere mich)',
    '(?:hast|habt|hat|könnt|kann|gibt) (?:du|ihr|jemand|man|es)',
  )}\\s`,
  'iu',
);

/** What questions that name no sound have besides: `how does this work?`. */
const OF_NO_SOUND = new Set([
  ...LEADING,
  ...(
    "it it's its your is does works work use used called name named mean why when whose that's who's how's " +
    'sie dies dieses dein deine mein meine geht läuft funktioniert funktionierst benutze bedient heißt heißen bedeutet machst warum wieso wann'
  ).split(' '),
]);
/** There are songs that ask for it. */
OF_NO_SOUND.delete('love');
const QUESTION = /^(?:what|who|how|why|where|when|was|wer|wie|warum|wieso|wo|wann)(?:'s)? \S/iu;

const ASKING = new RegExp(`^(?:${ENGLISH_ASKING}|${GERMAN_ASKING})(?:[\\s,:]+|$)`, 'iu');
const FILLER = new RegExp(`^(?:${ENGLISH_FILLER}|${GERMAN_FILLER})(?:[\\s:]+|$)`, 'iu');
/** These say that a sound is meant even where nobody asks. */
const SAYS_SOUND = new RegExp(
  `^(?:(?:an?|the|das|ein|eine) )?(?:(?:sfx|sound effects?|sounds?|noises?|recordings?|samples?|geräusche?|klang|aufnahmen?) (?:of|like|von|vom|wie|einer|eines)|sfx:?)\\s`,
  'iu',
);

const stripped = (text: string, pattern: RegExp): string => text.replace(pattern, '').trim();

function afterAsking(text: string): string {
  const words = text.replace(/\bin the way of /iu, '').split(' ');
  const first = words.findIndex((word) => !LEADING.has(word.toLowerCase().replace('’', "'")));
  return first < 0 ? text : words.slice(first).join(' ');
}

/** Whether it is a question that names nothing to be heard: `what is this?`. */
export const asksForNothing = (text: string): boolean =>
  QUESTION.test(text) &&
  text
    .toLowerCase()
    .replaceAll('’', "'")
    .split(/[\s?!.,]+/u)
    .every((word) => word === '' || OF_NO_SOUND.has(word));

/**
 * What is asked for, without the words of asking: `could you find me something like rain?` → `rain`.
 * @param text single spaces, no space at its ends
 * @returns the text itself where nobody asks, or nothing else is said
 */
export function withoutFrame(text: string): string {
  let rest = text;
  let asked = text.endsWith('?') || OPENS.test(text);
  for (let before = '', said = 0; before !== rest && said < MOST_ENDINGS; said++) {
    before = rest;
    rest = stripped(rest, ENDINGS);
  }
  for (let before = ''; before !== rest;) {
    before = rest;
    rest = stripped(rest, ASKING);
    if (rest !== before) asked = true;
  }
  if (!asked && !SAYS_SOUND.test(`${rest} `)) return rest === '' || rest === text ? text : rest;
  if (asked) rest = [THERE_ARE, GERMAN_VERB, SOUNDS_LIKE].reduce(stripped, rest);
  for (let before = ''; before !== rest;) {
    before = rest;
    rest = stripped(rest, FILLER);
  }
  if (asked) rest = afterAsking(rest);
  return rest === '' ? text : rest;
}

const ARTICLE =
  /^(?:(?:an?|the|any|some|all|much|too much|so much|eine?[nmrs]?|der|die|das|den|dem|jede?[nmrs]?|viel|zu viel) )+/iu;

/** `a dog` → `dog`. */
export const withoutArticle = (text: string): string => text.replace(ARTICLE, '');
