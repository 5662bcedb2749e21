# The worker of `portolan demo`: a program like any other, for trying what Portolan does with output. It needs nothing
# but a POSIX shell, and does nothing but print.

say() {
    printf '%s\n' "$*"
}

fail() {
    printf '%s\n' \
        "ERROR    reminders: task $1 is left out" \
        'Traceback (most recent call last):' \
        '  File "/srv/worker/reminders.py", line 58, in remind_all' \
        '    remind(task)' \
        '  File "/srv/worker/reminders.py", line 34, in remind' \
        '    due = parse_due(task["due"])' \
        '  File "/srv/worker/dates.py", line 12, in parse_due' \
        '    return datetime.strptime(text, "%Y-%m-%d")' \
        '           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^' \
        '  File "/usr/lib/python3.13/_strptime.py", line 674, in _strptime_datetime' \
        '    tt, fraction, gmtoff_fraction = _strptime(data_string, format)' \
        '  File "/usr/lib/python3.13/_strptime.py", line 453, in _strptime' \
        '    raise ValueError("time data %r does not match format %r" %' \
        '                     (data_string, format))' \
        "ValueError: time data 'next friday' does not match format '%Y-%m-%d'" >&2
}

say 'INFO     reminders: started, looking for tasks that are due'
second=0
task=100
while :; do
    sleep 1
    second=$((second + 1))
    case $((second % 20)) in
    1 | 7 | 14)
        task=$((task + 1))
        say "INFO     reminders: task $task is due, reminder sent in $((second % 7 + 3)) ms"
        ;;
    3)
        task=$((task + 1))
        fail "$task"
        ;;
    5) say 'INFO     reminders: 3 tasks looked at, 1 left out' ;;
    10) say 'WARNING  reminders: the mail server answers slowly (812 ms)' ;;
    17) say 'DEBUG    reminders: nothing is due' ;;
    esac
done
