#!/bin/bash
# Records examples/traces/developer-day.strace.gz: what git, sqlite3, npm and a few file tools ask
# of a file system when a developer uses all of them at the same time.
#
# Needs on the machine that records (a reader of the trace needs none of it):
#   Linux with ptrace allowed, strace 5.10 or later, bash, git 2.28 or later, sqlite3, node with
#   npm 7 or later, and GNU coreutils, findutils, grep, tar, gzip, awk, sed. All of them in
#   /usr/local/bin, /usr/bin or /bin: the recording runs with exactly that PATH, so that it looks
#   alike everywhere. No network is used.
#
# Use:  examples/traces/record.sh [OUTPUT.strace.gz]
#
# What it does
#   1. makes a fresh temporary folder and generates the developer's home in it, always the same;
#   2. runs four shells at once under one `strace -f`, with an empty environment;
#   3. makes the log neutral: the temporary folder becomes /home/user (and /tmp above it /home);
#      process ids count up from 100; the clock starts at a round number; lines that say nothing
#      about a file (anonymous memory, thread bookkeeping) go;
#   4. refuses to write the result when the log still names this machine, its user or the folder.
#
# -s 0 leaves out what was read and written. Names are always printed in full. That is what a replay
# needs: it writes content of its own making and checks that it reads the same back.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:-$here/developer-day.strace.gz}
export PATH=/usr/local/bin:/usr/bin:/bin LC_ALL=C
for tool in strace git sqlite3 node npm tar gzip awk sed grep sort find cp; do
  command -v "$tool" >/dev/null || { echo "record.sh: $tool is not in $PATH" >&2; exit 1; }
done

home=$(mktemp -d /tmp/XXXXXXXX)
tmp=$(mktemp -d /tmp/XXXXXXXX)
trap 'rm -rf "$home" "$tmp"' EXIT
mkdir -p "$home/.day" "$home/.npm" "$home/tmp" "$home/archive" "$home/work/app" \
  "$home/work/ledger" "$home/work/source/src/core" "$home/work/source/docs" "$home/work/plugin/lib"

# --- 1. The developer's home. Text of a linear congruential generator: no two files alike, yet
# every recording sees the same bytes.
text() { # text SEED LINES
  awk -v s="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++) { line = "";
    for (w = 0; w < 9; w++) { s = (s * 1103515245 + 12345) % 2147483648;
      line = line sprintf("%s%x", w ? " " : "", s % 65536) } print line } }'
}
source=$home/work/source
for i in $(seq 1 14); do text "$i" $((20 + i * 7)) >"$source/src/module-$i.txt"; done
for i in $(seq 1 4); do text "$((100 + i))" $((300 * i)) >"$source/src/core/part-$i.txt"; done
for i in $(seq 1 5); do text "$((200 + i))" 40 >"$source/docs/Page $i.md"; done
text 999 3000 >"$home/archive/measurements.txt"

for i in $(seq 1 10); do
  printf 'exports.value%d = () => %d;\n' "$i" "$i" >"$home/work/plugin/lib/value-$i.js"
done
cat >"$home/work/plugin/package.json" <<'JSON'
{ "name": "plugin", "version": "1.0.0", "main": "lib/value-1.js", "files": ["lib"],
  "license": "MIT" }
JSON
tar -C "$home/work" --transform 's/^plugin/package/' -czf "$home/work/plugin-1.0.0.tgz" plugin
cat >"$home/work/app/package.json" <<'JSON'
{ "name": "app", "version": "1.0.0", "private": true, "license": "MIT" }
JSON
cat >"$home/.gitconfig" <<'INI'
[user]
	name = A Developer
	email = developer@example.org
[init]
	defaultBranch = main
[gc]
	autoDetach = false
INI
: >"$home/npmrc"

# --- 2. The day. Four shells run at once; each is a script of its own, so that each is a process
# with its own current folder.
cat >"$home/.day/git.sh" <<'SH'
cd "$HOME/work/source"
git init -q
git add .
git commit -q -m 'All there is'
git checkout -q -b change
for i in 3 5 7 9; do echo "changed $i" >>"src/module-$i.txt"; done
git mv 'docs/Page 1.md' docs/First.md
git rm -q src/module-14.txt
git commit -q -a -m 'A change'
git checkout -q main
echo 'changed on main' >>src/module-12.txt
git commit -q -a -m 'Another change'
git merge -q -m 'Both' change
git status --short
git grep -c 'f00' >/dev/null || true
git log --stat --oneline >/dev/null
git gc -q
git clone -q . ../copy
git -C ../copy checkout -q HEAD~1
SH
cat >"$home/.day/sqlite.sh" <<'SH'
cd "$HOME/work/ledger"
rows() { for ((i = $1; i <= $2; i++)); do
  echo "insert into entry(day, amount, note)" \
    "values ($((i % 31)), $((i * 37 % 1000)), hex(zeroblob(60)));"
done; }
echo 'create table entry(id integer primary key, day, amount, note);' \
  'create index by_day on entry(day);' | sqlite3 journal.db
for batch in 1 2 3 4; do
  { echo 'begin immediate;'; rows $((batch * 50)) $((batch * 50 + 49)); echo 'commit;'; } |
    sqlite3 journal.db
done
{ echo 'begin;'; rows 900 910; echo 'rollback;'; } | sqlite3 journal.db
echo 'delete from entry where id % 3 = 0; vacuum; pragma integrity_check;' |
  sqlite3 journal.db >/dev/null
echo 'pragma journal_mode=wal; create table entry(id integer primary key, day, amount, note);' |
  sqlite3 wal.db >/dev/null
for writer in 1 2; do
  { echo '.timeout 20000'; for batch in 1 2 3; do
      first=$((writer * 1000 + batch * 20))
      echo 'begin immediate;'; rows $first $((first + 19)); echo 'commit;'
      echo 'select count(*) from entry;'
    done; echo 'pragma wal_checkpoint;'; } | sqlite3 wal.db >/dev/null &
done
wait
echo 'select day, sum(amount) from entry group by day order by 2;' | sqlite3 wal.db >totals.txt
SH
cat >"$home/.day/npm.sh" <<'SH'
cd "$HOME/work/app"
npm install --silent --offline --no-audit --no-fund ../plugin-1.0.0.tgz
node -e 'require("plugin")'
SH
cat >"$home/.day/tools.sh" <<'SH'
cd "$HOME/archive"
cp measurements.txt copy.txt
sort -S 256K -T . measurements.txt >sorted.txt
cut -d ' ' -f 1-3 sorted.txt | uniq | gzip -c >sorted.txt.gz
cp -r ../work/plugin plugin
ln -s plugin latest
ln measurements.txt hard.txt
grep -r value latest/ >found.txt
tar -czf plugin.tar.gz plugin
mkdir out
tar -xzf plugin.tar.gz -C out
mv out/plugin/lib out/library
find . -name '*.js' -newer copy.txt >found.txt
touch -r copy.txt found.txt
truncate -s 100K copy.txt
dd if=measurements.txt of=copy.txt bs=4096 seek=8 skip=2 count=6 conv=notrunc,fsync status=none
rm -r out plugin latest
SH
cat >"$home/.day/day.sh" <<'SH'
for script in git sqlite npm tools; do bash "$HOME/.day/$script.sh" & done
wait
SH

calls=open,openat,openat2,creat,close,close_range,read,pread64,readv,preadv,preadv2
calls+=,write,pwrite64,writev,pwritev,pwritev2,lseek,copy_file_range,sendfile
calls+=,stat,lstat,fstat,newfstatat,statx,statfs,fstatfs,access,faccessat,faccessat2,getdents64
calls+=,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat
calls+=,readlink,readlinkat,truncate,ftruncate,fallocate,fsync,fdatasync,chmod,fchmod,fchmodat
calls+=,utimensat,fcntl,flock,ioctl,mmap,msync,dup,dup2,dup3,pipe,pipe2,socket,socketpair,eventfd2
calls+=,epoll_create1,inotify_init1,chdir,fchdir,execve,clone,clone3,fork,vfork
( cd "$home" && env -i PATH="$PATH" HOME="$home" LC_ALL=C TMPDIR="$home/tmp" GIT_CONFIG_NOSYSTEM=1 \
  GIT_CEILING_DIRECTORIES="$home" npm_config_globalconfig="$home/npmrc" \
  npm_config_update_notifier=false npm_config_logs_max=0 SQLITE_HISTORY=/dev/null \
  strace -f -ttt -T -y -s 0 -e trace="?${calls//,/,?}" -e signal=none -o "$tmp/raw.log" \
  bash "$home/.day/day.sh" </dev/null 2>&1 ) | cat >&2

# --- 3. Neutral. Process ids are renumbered where they stand at the start of a line and as the
# result of a fork. sqlite3 asks the account data base for the home and not $HOME, so that folder is
# rewritten as well; the name of the control group may be that of a container.
account=$(getent passwd "$(id -u)" | cut -d : -f 6)
awk -v home="$home" '
  function number(pid) { if (!(pid in id)) id[pid] = 100 + n++; return id[pid] }
  /MAP_ANONYMOUS/ { if (/<unfinished/) half[$1] = 1; next }
  /<\.\.\. mmap resumed>/ && half[$1] { half[$1] = 0; next }
  { while ((at = index($0, home)) > 0)
      $0 = substr($0, 1, at - 1) "/home/user" substr($0, at + length(home))
    pid = $1; stamp = $2
    if (!start) start = stamp - 0.5
    rest = substr($0, index($0, stamp) + length(stamp) + 1)
    if (rest ~ /^(clone3?\(|v?fork\(|<\.\.\. (clone3?|v?fork) resumed>)/ &&
        match(rest, /= [0-9]+ <[0-9.]+>$/)) {
      tail = substr(rest, RSTART + 2); split(tail, part, " ")
      rest = substr(rest, 1, RSTART + 1) number(part[1]) " " part[2]
    }
    gsub(/child_tidptr=0x[0-9a-f]+|parent_tid=\[[0-9]+\]/, "", rest)
    printf "%d %.6f %s\n", number(pid), 1700000000 + stamp - start, rest
  }' "$tmp/raw.log" | sed -E -e 's/ +$//; s/\) +=/) =/' \
  -e 's#/sys/fs/cgroup/[^"<>]*/#/sys/fs/cgroup/#g' \
  -e "s#([\"<])$account([/\">])#\1/home/user\2#g" \
  -e 's#(["<])/tmp([/">])#\1/home\2#g' >"$tmp/neutral.log"

# --- 4. Private? The log must hold none of the names that belong to the recording machine. Lines
# about /proc name the kernel's own files only, and those may be spelled like a host; root and
# localhost are names that every machine has.
for name in "$tmp" "$home" "$(basename "$home")" "$account" "$(hostname)" "$(id -un)" "$here"; do
  case $name in '' | root | localhost) continue ;; esac
  found=$(grep -v /proc/ "$tmp/neutral.log" | grep -n -F -w -m 3 -- "$name" || true)
  if [ -n "$found" ]; then
    printf 'record.sh: nothing written, these lines name %s:\n%s\n' "$name" "$found" >&2
    exit 1
  fi
done
strangers=$(grep -o '</[^/<>]*' "$tmp/neutral.log" | sort -u |
  grep -v -x -E '</(home|usr|etc|lib|lib64|bin|sbin|dev|proc|sys|var|run)?' || true)
if [ -n "$strangers" ]; then
  echo "record.sh: open files outside the usual folders; nothing written: $strangers" >&2
  exit 1
fi
gzip -9 -n -c "$tmp/neutral.log" >"$output"
echo "$(wc -l <"$tmp/neutral.log") lines, $(wc -c <"$output") bytes compressed: $output"
