/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead-ctl: what it prints, what it asks for, how long it asks, and its exit codes.
 */
#include "tests/unit/test.h"

#include <errno.h>

#include "abi/counters.h"
#include "abi/hypercall.h"
#include "linux/programs/ctl.h"

/* Two VMs that are managed; what is asked of one of them is done after some looks at its state. */
static struct {
    const char *name;
    uint64_t state, end, restarts, vcpus;
    uint64_t next; /* its state when it has changed */
} vms[2];
static uint64_t gets;        /* where a VM gets to, if not where it was asked to */
static uint32_t busy, looks; /* answers until a request is taken; until it is done */
static int broken;           /* all calls end with it */
static uint64_t asked;       /* requests that were taken */
static uint32_t paused;      /* ms */
static char out[4096], err[1024];

BEFORE_EACH(begin) {
    memset(vms, 0, sizeof vms);
    vms[0].name = "control";
    vms[0].vcpus = 1;
    vms[1].name = "a-name-of-thirty-one-characters";
    vms[1].state = MANAGED_WAITING;
    vms[1].end = MANAGED_WATCHDOG;
    vms[1].restarts = 18446744073709551615u;
    vms[1].vcpus = 2;
    busy = looks = paused = 0;
    asked = 0;
    broken = 0;
    gets = 0;
}

static int get_fact(uint64_t vm, uint64_t fact, uint64_t *value) {
    char name[32] = "";

    strncpy(name, vms[vm].name, sizeof name - 1);
    switch (fact) {
    case MANAGED_STATE:
        if (vms[vm].state == MANAGED_CHANGING && looks == 0)
            vms[vm].state = vms[vm].next;
        looks -= looks != 0;
        *value = vms[vm].state;
        break;
    case MANAGED_END:
        *value = vms[vm].end;
        break;
    case MANAGED_RESTARTS:
        *value = vms[vm].restarts;
        break;
    case MANAGED_VCPUS:
        *value = vms[vm].vcpus;
        break;
    default:
        memcpy(value, name + 8 * (fact - MANAGED_NAME), sizeof *value);
    }
    return 0;
}

static int request(uint64_t vm, uint64_t what, uint64_t *value) {
    bool is_so = what == MANAGE_START && vms[vm].state == MANAGED_RUNNING;

    if (vms[vm].state == MANAGED_LOST) {
        *value = MANAGE_GONE;
    } else if (busy != 0) {
        busy--;
        *value = MANAGE_BUSY;
    } else if (is_so) {
        *value = MANAGE_ALREADY;
    } else {
        *value = MANAGE_DONE;
        asked |= 1u << what;
        vms[vm].state = MANAGED_CHANGING;
        vms[vm].next = what == MANAGE_STOP ? MANAGED_STOPPED : MANAGED_RUNNING;
        vms[vm].next = gets != 0 ? gets : vms[vm].next;
    }
    return 0;
}

static int call(uint32_t number, uint64_t first, uint64_t second, uint64_t *value) {
    if (broken != 0)
        return broken;
    if (first >= COUNT_OF(vms) || vms[first].name == NULL)
        return EINVAL;
    if (number == HYPERCALL_MANAGED)
        return get_fact(first, second, value);
    if (number == HYPERCALL_MANAGE)
        return request(first, second, value);
    assert_int_equal(number, HYPERCALL_MANAGED_COUNTER);
    *value = (second >> 32) * 100 + (second & 0xffffffff);
    return 0;
}

static void pause_for(uint32_t ms) {
    paused += ms;
}

static void take(int file, const char *text, size_t size) {
    strncat(file == 1 ? out : err, text, size);
}

/* The words of a command line; returns the exit code. */
static int run(const char *line) {
    static const struct ctl ctl = {call, pause_for, take};
    static char copy[128];
    char *words[8] = {NULL};
    size_t count = 0;

    out[0] = err[0] = '\0';
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        words[count++] = word;
    return ctl_run(&ctl, words);
}

#define ASSERT_SAYS(line, code, text)                                                              \
    do {                                                                                           \
        assert_int_equal(run(line), code);                                                         \
        assert_string_equal((code) == CTL_DONE ? out : err, text);                                 \
    } while (0)

TEST(a_line_tells_of_a_vm) {
    ASSERT_SAYS("list", CTL_DONE,
                "control running never 0\n"
                "a-name-of-thirty-one-characters waiting watchdog 18446744073709551615\n");
    ASSERT_SAYS("--json list", CTL_DONE,
                "[{\"name\": \"control\", \"state\": \"running\", \"last-end\": \"never\", "
                "\"restarts\": 0},\n"
                " {\"name\": \"a-name-of-thirty-one-characters\", \"state\": \"waiting\", "
                "\"last-end\": \"watchdog\", \"restarts\": 18446744073709551615}]\n");
    vms[0].name = NULL;
    ASSERT_SAYS("list", CTL_DONE, "");
    ASSERT_SAYS("list --json", CTL_DONE, "[]\n");
}

TEST(states_have_names_and_what_is_newer_than_the_program_has_none) {
    static const char *const names[] = {"running\n", "changing\n", "waiting\n", "off\n",
                                        "stopped\n", "lost\n",     "unknown\n"};

    for (uint64_t state = 0; state < COUNT_OF(names); state++) {
        vms[0].state = vms[0].next = state;
        ASSERT_SAYS("state control", CTL_DONE, names[state]);
    }
    vms[0].end = 99;
    ASSERT_SAYS("state control --json", CTL_DONE,
                "{\"name\": \"control\", \"state\": \"unknown\", \"last-end\": \"unknown\", "
                "\"restarts\": 0}\n");
}

TEST(counters_stand_by_vcpu_and_cause) {
    ASSERT_SAYS("counters a-name-of-thirty-one-characters", CTL_DONE,
                "vcpu 0 timer 0 device 1 kick 2 sgi 3 mmio 4 hypercall 5 sysreg 6 fault 7 "
                "serror 8 console 9 maintenance 10 other 11\n"
                "vcpu 1 timer 100 device 101 kick 102 sgi 103 mmio 104 hypercall 105 sysreg 106 "
                "fault 107 serror 108 console 109 maintenance 110 other 111\n");
    assert_int_equal(run("--json counters a-name-of-thirty-one-characters"), CTL_DONE);
    assert_memory_equal(out,
                        "{\"name\": \"a-name-of-thirty-one-characters\", \"vcpus\": "
                        "[{\"timer\": 0, \"device\": 1, ",
                        80);
    assert_non_null(strstr(out, "\"other\": 11},\n {\"timer\": 100, "));
    assert_string_equal(strstr(out, ", \"other\": 111"), ", \"other\": 111}]}\n");
}

TEST(what_is_busy_is_asked_again_but_not_for_ever) {
    busy = 3;
    ASSERT_SAYS("stop control", CTL_DONE, "");
    assert_int_equal(asked, 1 << MANAGE_STOP);
    assert_int_equal(paused, 30);
    busy = UINT32_MAX;
    paused = 0;
    ASSERT_SAYS("restart control", CTL_REFUSED, "error: control is busy with another change\n");
    assert_int_equal(paused, 5000);
}

TEST(who_waits_returns_when_it_is_there) {
    looks = 7;
    ASSERT_SAYS("stop --wait control", CTL_DONE, "");
    assert_int_equal(vms[0].state, MANAGED_STOPPED);
    assert_int_equal(paused, 70);
    ASSERT_SAYS("start --wait control", CTL_DONE, "");
    assert_int_equal(vms[0].state, MANAGED_RUNNING);
    looks = UINT32_MAX;
    ASSERT_SAYS("restart --wait control", CTL_REFUSED,
                "error: still on its way after a minute: control\n");
    assert_int_equal(asked, 7);
}

TEST(who_waits_for_what_does_not_come_is_told_so) {
    gets = MANAGED_OFF; /* its guest begins by that */
    ASSERT_SAYS("restart control --wait", CTL_REFUSED, "error: control is off\n");
    ASSERT_SAYS("stop control --wait", CTL_DONE, "");
    gets = MANAGED_WAITING;
    ASSERT_SAYS("stop control --wait", CTL_REFUSED, "error: control is waiting\n");
}

TEST(what_is_so_already_is_done) {
    ASSERT_SAYS("start control", CTL_DONE, "");
    assert_int_equal(asked, 0);
    vms[0].state = MANAGED_LOST;
    ASSERT_SAYS("start control", CTL_REFUSED,
                "error: control is lost until the machine's next boot\n");
}

TEST(why_there_is_no_answer) {
    broken = EOPNOTSUPP;
    ASSERT_SAYS("list", CTL_REFUSED, "error: this Bulkhead has no VMs that manage others\n");
    broken = EACCES;
    ASSERT_SAYS("stop control", CTL_REFUSED, "error: only root may use /dev/bulkhead\n");
    broken = ENOENT;
    ASSERT_SAYS("state control", CTL_REFUSED,
                "error: there is no /dev/bulkhead: this is no VM of Bulkhead's, or its module is "
                "not loaded\n");
    broken = 0;
    ASSERT_SAYS(
        "state contro", CTL_REFUSED,
        "error: this VM manages none that is called contro; bulkhead-ctl list names them\n");
    assert_string_equal(out, "");
}

TEST(what_is_not_understood) {
    static const char *const lines[] = {
        "",           "fly control",         "list control", "stop",
        "--jsn list", "stop --json control", "list --wait",  "stop control linux"};

    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_int_equal(run(lines[i]), CTL_USAGE);
        assert_string_equal(out, "");
        assert_string_equal(strrchr(err, ';'), "; see bulkhead-ctl --help\n");
    }
    assert_int_equal(asked, 0);
    assert_int_equal(run("stop --help"), CTL_DONE);
    assert_memory_equal(out, "usage: bulkhead-ctl ", 20);
}
