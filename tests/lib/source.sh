# PostgreSQL's source packages, kept in $CACHE between runs. Sourced after harness.sh.

# source_lists: lines for apt that name the sources of this system's suites and of those that hold the other versions
# of PostgreSQL we test, on the mirrors that the system uses
source_lists() {
  local uri suite main
  apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | grep -E '/debian(-security)?/? ' | sort -u |
    while read -r uri suite; do echo "deb-src $uri $suite main"; done
  main=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
    sed -nE "s/ $(. /etc/os-release && echo "${VERSION_CODENAME:-}")\$//p" | head -n 1)
  [ -z "$main" ] || for suite in trixie forky sid; do echo "deb-src $main $suite main"; done
}

# source_versions MAJOR WANTED: the versions that the archives name, the nearest one not above WANTED first
source_versions() {
  local all
  all=$(apt-cache "${apt[@]}" showsrc "postgresql-$1" 2>/dev/null | sed -nE 's/^Version: //p' | sort -V -u)
  [ -n "$2" ] || { tac <<<"$all"; return; }
  { echo "$all"; echo "$2~~"; } | sort -V | sed "/^$2~~\$/,\$d" | tac | sed "/^$2[-.]/d" >"$lists/below"
  grep -E "^$2[-.]" <<<"$all"
  cat "$lists/below"
  grep -vxFf "$lists/below" <<<"$all" | grep -vE "^$2[-.]"
}

# postgres_source MAJOR [VERSION]: prints the directory of the unpacked source of this major version, as near to VERSION
# as there is; fetches it the first time. A status of 1, with the reason on standard output, when there is none.
postgres_source() {
  local major=$1 wanted=${2:-} dir=$CACHE/postgresql-$1-source version= tarball
  if [ -e "$dir/complete" ] && { [ -z "$wanted" ] || grep -qxF -e "$wanted" "$dir/complete"; }; then
    echo "$dir/source"
    return 0
  fi
  command -v apt-get >/dev/null || { echo "no apt-get to fetch postgresql-$major's source with"; return 1; }
  local lists=$WORK/apt.$major
  mkdir -p "$CACHE" "$lists/lists/partial" "$lists/cache/archives/partial" "$lists/download" || { echo "cannot write to $CACHE"; return 1; }
  source_lists >"$lists/sources.list"
  local apt=(-q -q -o "Dir::Etc::sourcelist=$lists/sources.list" -o Dir::Etc::sourceparts=/nonexistent
    -o "Dir::State::lists=$lists/lists" -o "Dir::Cache=$lists/cache" -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root)
  apt-get "${apt[@]}" update >"$lists/log" 2>&1
  for version in $(source_versions "$major" "$wanted"); do
    if grep -qxF -e "${version%%-*}" "$dir/complete" 2>/dev/null; then
      echo "$wanted" >>"$dir/complete"
      echo "$dir/source"
      return 0
    fi
    (cd "$lists/download" && apt-get "${apt[@]}" source --download-only "postgresql-$major=$version") >"$lists/log" 2>&1 && break
    version=
  done
  if [ -z "$version" ]; then
    if [ -e "$dir/complete" ]; then echo "$dir/source"; return 0; fi
    echo "no source of postgresql-$major can be fetched: $(tail -n 1 "$lists/log")"
    return 1
  fi
  tarball=$(ls "$lists"/download/*.orig.tar.*[0-9z] | head -n 1)
  rm -rf "$dir" && mkdir -p "$dir/source" &&
    tar -x -f "$tarball" -C "$dir/source" --strip-components=1 --no-same-owner || { echo "$tarball cannot be unpacked"; return 1; }
  chmod -R a+rX "$dir"
  # the version that it is, and the one that was wanted, so that nobody looks for it again
  printf '%s\n' "${version%%-*}" "$wanted" >"$dir/complete"
  echo "$dir/source"
}
