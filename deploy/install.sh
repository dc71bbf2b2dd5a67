#!/bin/bash
# Makes a bare Debian or Ubuntu server an installation of Traum-Engine, or brings one up to date. Run as root in the folder that
# `make vps-deploy` delivered (release/, node.tgz, npm.tgz, id); running it again changes nothing that is as it should be.
#
#   NAME=sound.example.org   the name that browsers ask for; without one, a certificate of our own for the address of the server
#   EMAIL=you@example.org    where Let's Encrypt may write to
#   APIS=1 WORKERS=1         how many processes of each
#   HEALTH_S=180             how long a new release may take to become ready before the former one comes back
set -euo pipefail
umask 022

here=$(cd "$(dirname "$0")/../.." && pwd)
id=$(cat "$here/id")
opt=/opt/traum-engine
lib=/var/lib/traum-engine
etc=/etc/traum-engine
user=traum-engine
release=$opt/releases/$id
# An update that is under way: from which release, to which, and where the database of before lies.
updating=$opt/updating
NAME=${NAME:-}
APIS=${APIS:-1}
WORKERS=${WORKERS:-1}
HEALTH_S=${HEALTH_S:-180}
FIRST_PORT=8001

say() { printf '• %s\n' "$*"; }
stop() {
  printf '✗ %s\n' "$*" >&2
  exit 1
}

preflight() {
  [ "$(id -u)" = 0 ] || stop "This takes root. Name a user who may use sudo: make vps-deploy HOST=user@server"
  local system
  # In a shell of its own: it sets NAME and others.
  # shellcheck source=/dev/null
  system=$(. /etc/os-release && echo " $ID ${ID_LIKE:-} ")
  case $system in *" debian "* | *" ubuntu "*) ;; *) stop "This system is no Debian or Ubuntu, which the script knows. See docs/operations.md for containers." ;; esac
  case $NAME in *[!a-zA-Z0-9.-]*) stop "\"$NAME\" is not a name of a server. Use something like NAME=sound.example.org" ;; esac
  case $APIS$WORKERS$HEALTH_S in *[!0-9]*) stop "APIS, WORKERS and HEALTH_S are numbers." ;; esac
  [ "$APIS" -ge 1 ] && [ "$WORKERS" -ge 1 ] || stop "At least one API and one worker are needed."
  local free
  free=$(df --output=avail -k /opt 2>/dev/null | tail -1)
  [ "$free" -ge 2000000 ] || stop "Only $((free / 1024)) MB are free below /opt; a release takes 2 GB while it is made."
  # One at a time. What one that was killed had started may hold it for a moment longer.
  exec 9>/run/traum-engine-deploy.lock
  flock -w 60 9 || stop "Another deployment is under way on this server."
}

packages() {
  local missing=() package
  for package in ca-certificates certbot curl ffmpeg g++ make nginx openssl python3 redis-server; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 -qq update
  apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends "${missing[@]}" >/var/log/traum-engine-apt.log 2>&1 ||
    stop "apt could not install them; see /var/log/traum-engine-apt.log"
  # Ours is a service of its own, on a socket. A Redis that was here before is left alone.
  case " ${missing[*]} " in *" redis-server "*) systemctl disable --now redis-server >/dev/null 2>&1 || true ;; esac
}

account() {
  getent passwd $user >/dev/null || {
    say "Adding the user $user"
    useradd --system --user-group --home-dir $lib --no-create-home --shell /usr/sbin/nologin $user
  }
  install -d -m 755 $opt $opt/releases /var/lib/traum-engine-acme
  # The service may read what is given to its group there, such as the key of backups; the settings are for root alone.
  install -d -m 750 -g $user $etc
  install -d -m 700 -o $user -g $user $lib $lib/data $lib/models $lib/redis
  # The model that comes with each release; others are installed beside it.
  ln -sfn $opt/current/models/compact-clap $lib/models/compact-clap
}

# Node.js, as it was delivered, beside the releases that use it.
node() {
  local version
  version=$(tar -xzOf "$here/node.tgz" package/package.json | sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' | head -1)
  [ -n "$version" ] || stop "node.tgz is not whole: deliver it again."
  node=$opt/node-$version
  [ -x "$node/bin/node" ] && return
  say "Unpacking Node.js $version"
  rm -rf "$node.partial"
  mkdir -p "$node.partial/lib/npm"
  tar -xzf "$here/node.tgz" -C "$node.partial" --strip-components=1 --no-same-owner
  tar -xzf "$here/npm.tgz" -C "$node.partial/lib/npm" --strip-components=1 --no-same-owner
  chmod 755 "$node.partial/bin/node"
  "$node.partial/bin/node" --version >/dev/null || stop "The Node.js that was delivered does not run on this machine ($(uname -m))."
  mv "$node.partial" "$node"
}

# Nothing that runs is touched until a release is complete.
unpack() {
  [ -e "$release/.complete" ] && return
  say "Installing release $id (where packages are new, they are compiled: a minute or two)"
  rm -rf "$release"
  cp -R --no-preserve=ownership "$here/release" "$release"
  chmod -R u+w,a+rX "$release"
  ln -s "$node" "$release/node"
  # The packages of the release that runs, where they are the same: nothing to fetch, nothing to compile.
  if cmp -s $opt/current/package-lock.json "$release/package-lock.json" && [ "$(readlink $opt/current/node)" = "$node" ]; then
    cp -a --reflink=auto $opt/current/node_modules "$release/node_modules"
    [ ! -d $opt/current/backend/node_modules ] || cp -a --reflink=auto $opt/current/backend/node_modules "$release/backend/node_modules"
  fi
  (
    cd "$release"
    [ -d node_modules ] || PATH="$node/bin:$PATH" npm_config_nodedir="$node" ONNXRUNTIME_NODE_INSTALL=skip npm_config_cache=/var/cache/traum-engine-npm \
      "$node/bin/node" "$node/lib/npm/bin/npm-cli.js" ci --omit=dev --workspace backend --no-audit --no-fund --loglevel=error
    cd backend
    "$node/bin/node" -e "new (require('better-sqlite3'))(':memory:').close(); require('hnswlib-node'); require('onnxruntime-node')"
  ) >/var/log/traum-engine-npm.log 2>&1 || {
    tail -15 /var/log/traum-engine-npm.log >&2
    rm -rf "$release"
    stop "The packages of the release could not be installed (/var/log/traum-engine-npm.log). What was running is running still."
  }
  "$node/bin/node" "$release/nginx/allow-inline-scripts.mjs" "$release/frontend/build/index.html" "$release/nginx/headers.conf"
  touch "$release/.complete"
}

address() { hostname -I 2>/dev/null | awk '{print $1}'; }

settings() {
  if [ ! -e $etc/env ]; then
    say "Writing settings to $etc/env"
    install -m 600 /dev/null $etc/env
    sed "s/@NAMES@/${NAME:-$(address)}/" "$release/deploy/env" >$etc/env
  fi
  chmod 600 $etc/env
  if [ -n "$NAME" ] && ! grep -q "^ALLOWED_HOSTS=.*$NAME" $etc/env; then
    sed -i "s/^ALLOWED_HOSTS=\(..*\)$/ALLOWED_HOSTS=\1,$NAME/; s/^ALLOWED_HOSTS=$/ALLOWED_HOSTS=$NAME/" $etc/env
  fi
}

setting() { sed -n "s/^$1=//p" $etc/env | tail -1; }

ports() { seq $FIRST_PORT $((FIRST_PORT + APIS - 1)); }
apis() { ports | sed 's/.*/traum-engine-api@&.service/'; }
workers() { seq 1 "$WORKERS" | sed 's/.*/traum-engine-worker@&.service/'; }

# The units of the release that is current: an update that is taken back takes these back, too.
units() {
  local from=$opt/current/deploy/systemd
  install -d /etc/systemd/system/traum-engine-.service.d
  install -m 644 $from/*.service $from/*.target /etc/systemd/system/
  install -m 644 $from/traum-engine-.service.d/hardened.conf /etc/systemd/system/traum-engine-.service.d/
  install -m 755 $opt/current/deploy/traum-engine /usr/local/bin/traum-engine
  systemctl daemon-reload
  local unit wanted
  wanted=" $(apis | tr '\n' ' ')$(workers | tr '\n' ' ')"
  for unit in /etc/systemd/system/traum-engine.target.wants/traum-engine-*@*.service; do
    [ -e "$unit" ] || [ -L "$unit" ] || continue
    unit=${unit##*/}
    case $wanted in *" $unit "*) ;; *) systemctl disable --now "$unit" >/dev/null 2>&1 || true ;; esac
  done
  # shellcheck disable=SC2046
  systemctl enable traum-engine.target traum-engine-redis.service $(apis) $(workers) >/dev/null 2>&1
}

# What nginx passes requests on to: `open`, or `closed` while an update may still be taken back, so that nothing is accepted then.
upstream() {
  if [ "$1" = closed ]; then
    printf '# An update is under way.\nmap "" $api {\n  default http://127.0.0.1:9;\n}\n'
  else
    printf '# Written by deploy/install.sh. One that does not answer is left alone for five seconds.\nupstream traum_api {\n  zone traum_api 64k;\n'
    ports | sed 's/.*/  server 127.0.0.1:& max_fails=1 fail_timeout=5s;/'
    printf '}\n\nmap "" $api {\n  default http://traum_api;\n}\n'
  fi >/etc/nginx/traum/upstream.conf
  nginx -t -q || stop "nginx refuses its configuration (above)."
  systemctl reload-or-restart nginx
}

proxy() {
  install -d /etc/nginx/traum
  # What was changed here is overwritten: settings of nginx of one's own belong in other files of conf.d.
  local file
  for file in http site proxy problem headers mime; do install -m 644 "$opt/current/nginx/$file.conf" /etc/nginx/traum/; done
  sed "s/@NAME@/${NAME:-_}/" $opt/current/deploy/nginx.conf >/etc/nginx/conf.d/traum-engine.conf
  # The page that Debian's nginx greets with, which wants to be the default as well.
  if [ "$(readlink /etc/nginx/sites-enabled/default)" = /etc/nginx/sites-available/default ]; then rm /etc/nginx/sites-enabled/default; fi
  systemctl enable nginx >/dev/null 2>&1 || true
}

# A certificate of our own at first, so that nginx starts and Let's Encrypt can look; then a real one, renewed by certbot's timer.
certificate() {
  install -d -m 755 $etc/tls
  if [ ! -e $etc/tls/fullchain.pem ]; then
    local alt
    if [ -n "$NAME" ]; then alt="DNS:$NAME"; else alt="IP:$(address)"; fi
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=${NAME:-traum-engine}" -addext "subjectAltName=$alt" \
      -keyout $etc/tls/own.key -out $etc/tls/own.pem 2>/dev/null
    chmod 600 $etc/tls/own.key
    ln -sfn own.pem $etc/tls/fullchain.pem
    ln -sfn own.key $etc/tls/privkey.pem
  fi
}

encrypt() {
  certified=no
  [ -n "$NAME" ] || return 0
  local live=/etc/letsencrypt/live/$NAME
  if [ ! -e "$live/fullchain.pem" ]; then
    say "Asking Let's Encrypt for a certificate for $NAME"
    local mail=(--register-unsafely-without-email)
    [ -z "${EMAIL:-}" ] || mail=(--email "$EMAIL")
    certbot certonly --non-interactive --agree-tos "${mail[@]}" --webroot -w /var/lib/traum-engine-acme -d "$NAME" \
      --deploy-hook 'systemctl reload nginx' >/var/log/traum-engine-certbot.log 2>&1 || return 0
  fi
  certified=yes
  ln -sfn "$live/fullchain.pem" $etc/tls/fullchain.pem
  ln -sfn "$live/privkey.pem" $etc/tls/privkey.pem
  systemctl enable --now certbot.timer >/dev/null 2>&1 || true
  systemctl reload-or-restart nginx
}

start() {
  systemctl start traum-engine-redis.service || return 1
  # shellcheck disable=SC2046
  systemctl start $(apis) $(workers)
}

halt() {
  local unit
  for unit in $(systemctl list-units --plain --no-legend --all 'traum-engine-api@*' 'traum-engine-worker@*' 2>/dev/null | awk '{print $1}') $(workers) $(apis); do
    systemctl stop "$unit" 2>/dev/null || true
  done
}

# Every API says that all of its parts work, and every worker stays.
healthy() {
  local port unit end=$((SECONDS + HEALTH_S))
  for port in $(ports); do
    until curl -fsS -m 5 -o /dev/null "http://127.0.0.1:$port/health/ready" 2>/dev/null; do
      [ $SECONDS -lt $end ] || {
        say "The API on port $port is not ready after $HEALTH_S s: $(curl -s -m 5 "http://127.0.0.1:$port/health/ready" | head -c 300)"
        return 1
      }
      sleep 1
    done
  done
  sleep 3
  for unit in $(workers) $(apis); do
    systemctl -q is-active "$unit" || {
      say "$unit does not stay up"
      return 1
    }
  done
}

served() {
  local name=${NAME:-$(address)}
  curl -fsSk -m 10 -o /dev/null --resolve "$name:443:127.0.0.1" "https://$name/health/ready" &&
    grep -q '<html' <<<"$(curl -fsSk -m 10 --resolve "$name:443:127.0.0.1" "https://$name/")"
}

back_up() {
  if [ -n "$(setting BACKUP_DIR)" ]; then
    say "Backing up to $(setting BACKUP_DIR)"
    /usr/local/bin/traum-engine backup >/var/log/traum-engine-backup.log 2>&1 || {
      tail -3 /var/log/traum-engine-backup.log >&2
      stop "The backup before the update failed; nothing was changed."
    }
  fi
  # BACKUP_DIR is for libraries on a disk; PostgreSQL is saved by its own programs.
  if [ -n "$(setting DATABASE_URL)" ] && [ "${WITHOUT_BACKUP:-}" != 1 ]; then
    stop "The library is in PostgreSQL, where an update cannot be taken back by itself. Save it (pg_dump -Fc -d DATABASE_URL -f traum.dump), then say WITHOUT_BACKUP=1."
  fi
}

# The database as it is while nothing writes to it. Files of sounds are only ever added to, so it is a way back.
copy_database() {
  [ -e $lib/data/traum.db ] || return 0
  local needed free
  needed=$(du -ck $lib/data/traum.db* | tail -1 | cut -f1)
  free=$(df --output=avail -k $lib | tail -1)
  [ "$free" -gt $((needed + 100000)) ] || {
    say "$((needed / 1024)) MB are needed for a copy of the database, $((free / 1024)) MB are free"
    return 1
  }
  rm -rf "$1.partial"
  install -d -m 700 "$1.partial"
  cp -a --reflink=auto $lib/data/traum.db* "$1.partial/" && mv "$1.partial" "$1"
}

# Back to what ran before the update that is written down in $updating.
roll_back() {
  local from to copy
  read -r from to copy <$updating
  say "Going back from $to to $from"
  halt
  if [ -d "$copy" ]; then
    rm -f $lib/data/traum.db*
    cp -a --reflink=auto "$copy"/traum.db* $lib/data/
  fi
  ln -sfn "$opt/releases/$from" $opt/current
  units
  proxy
  start || true
  healthy || say "What ran before does not become ready either: journalctl -u 'traum-engine-*'"
  upstream open
  rm -f $updating
}

# The release becomes the current one. Whatever ends this half-way, the next run begins by going back.
update() {
  local from
  from=$(basename "$(readlink $opt/current)")
  say "Updating from $from to $id"
  back_up
  upstream closed
  halt
  local copy=$lib/before-update/$id
  install -d -m 700 -o $user -g $user $lib/before-update
  rm -rf "$copy"
  copy_database "$copy" || {
    start
    upstream open
    stop "Without a copy of the database there is no update. What ran before runs again."
  }
  echo "$from $id $copy" >$updating
  ln -sfn "$release" $opt/current
  units
  proxy
  if start && healthy; then
    upstream open
    rm -f $updating
    return
  fi
  journalctl -q -n 12 --no-pager -u 'traum-engine-api@*' -u 'traum-engine-worker@*' 2>/dev/null || true
  roll_back
  rm -rf "$release"
  stop "Release $id did not become ready; $from runs again, with the data of before."
}

# The three latest releases stay, and the two latest copies of the database.
tidy() {
  local name
  for name in $(ls -1t $opt/releases | tail -n +4); do
    [ "$opt/releases/$name" = "$(readlink $opt/current)" ] || rm -rf "${opt:?}/releases/$name"
  done
  [ ! -d $lib/before-update ] || for name in $(ls -1t $lib/before-update | tail -n +3); do rm -rf "${lib:?}/before-update/$name"; done
  local used
  for name in $opt/node-*; do
    used=$(find $opt/releases -mindepth 2 -maxdepth 2 -name node -lname "$name" | head -1)
    [ -n "$used" ] || rm -rf "$name"
  done
}

summary() {
  printf '\n✓ Traum-Engine %s runs at https://%s\n' "$id" "${NAME:-$(address)}"
  if [ "$certified" = no ]; then
    if [ -n "$NAME" ]; then
      printf '  Let'\''s Encrypt gave no certificate (/var/log/traum-engine-certbot.log): does %s lead here, and is port 80 open?\n  Until the next run it has one of its own, which browsers warn of.\n' "$NAME"
    else
      printf '  Its certificate is its own, which browsers warn of: say NAME=… for one of Let'\''s Encrypt.\n'
    fi
  fi
  local token
  token=$(journalctl -q --no-pager -o cat -u 'traum-engine-api@*' 2>/dev/null | sed -n 's/.*"setupToken":"\([^"]*\)".*/\1/p' | tail -1)
  [ -z "$token" ] || printf '  Unless it is there already, make the first account at https://%s/setup#%s\n' "${NAME:-$(address)}" "$token"
  printf '  traum-engine help     backup, restore, accounts, models on this server\n'
}

preflight
packages
account
if [ -e $updating ]; then
  say "An update was interrupted."
  roll_back
fi
node
unpack
settings
certificate
if [ ! -e $opt/current ]; then
  ln -sfn "$release" $opt/current
  units
  proxy
  upstream open
  start && healthy || stop "It does not become ready: journalctl -u 'traum-engine-*'"
elif [ "$(readlink $opt/current)" = "$release" ]; then
  units
  proxy
  start && healthy || stop "It does not become ready: journalctl -u 'traum-engine-*'"
  upstream open
else
  update
fi
systemctl start traum-engine.target 2>/dev/null || true
encrypt
served || stop "It runs, but nginx does not serve it: nginx -t; journalctl -u nginx"
tidy
summary
