#!/bin/sh
# Ends what a Weir run leaves behind when its parent dies by any means, kill -9 included: the kernel closes our stdin,
# and that is the only signal needed. Lines in: "group <id>", "forget <id>", "path <absolute path>".
# Groups of a dead run are killed, not asked: nobody is left to drain for, and their state directory goes with them.
trap '' TERM INT HUP QUIT
groups=' '
paths=''
while read -r verb value; do
  case $verb in
    group) groups="$groups$value " ;;
    forget) groups="${groups%% "$value" *} ${groups#* "$value" }" ;;
    path) paths="$paths$value
" ;;
  esac
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
# A process that is being killed may still create a file meanwhile: then a second attempt is due.
printf '%s' "$paths" | while read -r path; do
  rm -rf -- "$path" 2>/dev/null || { sleep 1; rm -rf -- "$path"; }
done
