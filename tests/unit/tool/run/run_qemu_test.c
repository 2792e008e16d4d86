/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/base/process.h"
#include "tool/run/run_qemu.h"

static struct arena arena;

AFTER_EACH(teardown) {
    arena_free(&arena);
}

static char *join(const struct qemu_config *config) {
    static char text[1024];
    const char *const *arguments = qemu_arguments(config, &arena);

    text[0] = 0;
    for (size_t i = 0; arguments[i]; i++) {
        strcat(text, i ? " " : "");
        strcat(text, arguments[i]);
    }
    return text;
}

TEST(test_arguments) {
    const char *board[] = {"-machine", "virt"};
    char extra_1[] = "-d";
    char extra_2[] = "int";
    char *extra[] = {extra_1, extra_2};
    struct qemu_config config = {
        .program = "q", .board = board, .board_count = 2, .kernel = "k", .extra = extra};

    assert_string_equal(join(&config),
                        "q -machine virt -nodefaults -display none -monitor none "
                        "-chardev stdio,id=serial0,signal=off -serial chardev:serial0 "
                        "-icount shift=0,sleep=on -seed 1 -rtc base=utc,clock=vm "
                        "-netdev hubport,id=slices,hubid=0 "
                        "-netdev hubport,id=nowhere,hubid=1,netdev=slices "
                        "-object filter-buffer,id=timer,netdev=slices,interval=37 -kernel k");
    config.clock = QEMU_CLOCK_EXACT;
    config.gdb = "tcp:127.0.0.1:1234";
    config.extra_count = 2;
    const char *text = join(&config);
    assert_non_null(
        strstr(text, "-icount shift=0,sleep=off -seed 1 -rtc base=2024-01-01,clock=vm"));
    assert_non_null(strstr(text, "filter-buffer"));
    assert_non_null(strstr(text, "-gdb tcp:127.0.0.1:1234 -S -kernel k -d int"));
    config.clock = QEMU_CLOCK_WALL;
    assert_null(strstr(join(&config), "-icount"));
    assert_null(strstr(join(&config), "filter-buffer"));
    config.preload = "/p.so";
    config.kernel = NULL;
    text = join(&config);
    assert_memory_equal(text, "env LD_PRELOAD=/p.so q -machine", 31);
    assert_null(strstr(text, "-kernel"));
}

TEST(each_line_of_the_board_is_ours) {
    const char *board[] = {"-serial", "null", "-machine", "virt", "-serial", "null"};
    struct qemu_config config = {
        .program = "q", .board = board, .board_count = 6, .kernel = "k", .clock = QEMU_CLOCK_WALL};

    assert_string_equal(join(&config),
                        "q -machine virt -nodefaults -display none -monitor none "
                        "-chardev stdio,id=serial0,signal=off -serial chardev:serial0 "
                        "-chardev socket,id=serial1,fd=3 -serial chardev:serial1 -kernel k");
    config.is_shown = true;
    assert_non_null(strstr(join(&config), "-serial chardev:serial0 -serial null -kernel k"));
    assert_int_equal(qemu_line_count(board, 6), 2);
    assert_int_equal(qemu_line_count(board, 0), 1);
    const char *many[] = {"-serial", "a",       "-serial", "b",       "-serial",
                          "c",       "-serial", "d",       "-serial", "e"};
    assert_int_equal(qemu_line_count(many, 10), QEMU_LINES_MAX);
}

TEST(a_shell_takes_what_is_printed_for_the_same_words) {
    static const char *const words[] = {"q", "a,b=c", "", "it's", "$x \"y\"", "*", "\n", NULL};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    qemu_print(stream, words);
    fclose(stream);
    assert_string_equal(text, "q a,b=c '' 'it'\\''s' '$x \"y\"' '*' '\n'\n");
    free(text);
}

TEST(test_find) {
    char folder[] = P_tmpdir "/bulkhead-find-XXXXXX";
    char path[128];

    assert_non_null(mkdtemp(folder));
    setenv("BULKHEAD_CACHE", folder, 1);
    assert_string_equal(qemu_find("arm64", &arena), "qemu-system-aarch64");
    snprintf(path, sizeof path, "%s/bin", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/bin/qemu-system-riscv64", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    chmod(path, 0700);
    assert_string_equal(qemu_find("riscv64", &arena), path);
    unlink(path);
    *strrchr(path, '/') = 0;
    rmdir(path);
    rmdir(folder);
}

/* Read all that comes until the end. */
static void read_all(int fd, char *text, size_t size) {
    size_t used = 0;
    ssize_t more;

    while (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 10000) == 1 && used < size - 1 &&
           (more = read(fd, text + used, size - 1 - used)) > 0)
        used += (size_t)more;
    text[used] = 0;
}

static void wait_for_exit(struct qemu *qemu) {
    for (int i = 0; i < 1000 && !qemu->exited; i++) {
        qemu_poll(qemu);
        usleep(10000);
    }
    assert_true(qemu->exited);
}

TEST(further_lines_go_both_ways) {
    const char *arguments[] = {
        "sh", "-c",
        "read x <&3; echo one $x >&3; read y <&5; echo three $y >&5; cat " QEMU_IMAGE " >&5; "
        "echo zero",
        NULL};
    int image = process_file("image\n", 6);
    struct qemu qemu;
    char text[64];

    assert_true(qemu_start(&qemu, arguments, 4, image));
    assert_int_equal(write(qemu.lines[1], "a\n", 2), 2);
    assert_int_equal(write(qemu.lines[3], "c\n", 2), 2);
    read_all(qemu.lines[0], text, sizeof text);
    assert_string_equal(text, "zero\n");
    wait_for_exit(&qemu);
    read_all(qemu.lines[1], text, sizeof text);
    assert_string_equal(text, "one a\n");
    read_all(qemu.lines[3], text, sizeof text);
    assert_string_equal(text, "three c\nimage\n");
    close(image);
    qemu_kill(&qemu);
    for (int i = 0; i < QEMU_LINES_MAX; i++)
        assert_int_equal(qemu.lines[i], -1);
}

TEST(test_kill_reaches_what_ignores_and_what_was_started) {
    /* Like a wrapper script that doesn't exec: the shell's child must die as well. */
    const char *arguments[] = {"sh", "-c", "trap '' TERM; sleep 1000 & echo $!; wait", NULL};
    struct qemu qemu;
    char text[64];

    assert_true(qemu_start(&qemu, arguments, 1, -1));
    poll(&(struct pollfd){.fd = qemu.lines[0], .events = POLLIN}, 1, 10000);
    ssize_t size = read(qemu.lines[0], text, sizeof text - 1);
    assert_true(size > 0);
    text[size] = 0;
    pid_t child = (pid_t)strtol(text, NULL, 10);
    assert_true(child > 1);
    assert_int_equal(kill(child, 0), 0);
    pid_t leader = qemu.pid;
    qemu_kill(&qemu);
    assert_int_equal(process_code(qemu.status), 128 + SIGKILL);
    assert_int_equal(kill(leader, 0), -1);
    /* Its new parent may take a moment to reap it: then the group is empty. */
    for (int i = 0; i < 500 && kill(-leader, 0) == 0; i++)
        usleep(10000);
    char stat[64];
    snprintf(stat, sizeof stat, "/proc/%d/stat", child);
    FILE *file = fopen(stat, "r");
    if (file) {
        char life = 0;
        assert_int_equal(fscanf(file, "%*d %*s %c", &life), 1);
        assert_int_equal(life, 'Z');
        fclose(file);
    }
}
