# Adds up Private_Dirty of /proc/PID/smaps, in kB, without PostgreSQL's shared memory: pages of it that no other process
# has touched yet count as private, too.

/^[0-9a-f]+-[0-9a-f]+ / { shared = $2 ~ /s$/ && $6 ~ /^\/(dev\/(zero|shm)|SYSV|anon_hugepage|memfd)/ }
$1 == "Private_Dirty:" && !shared { sum += $2 }
END { print "Private_Dirty:", sum + 0 }
