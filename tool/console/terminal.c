/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tool/base/array.h"

/* Enough to be usable after a crash of ours: style, cursor, main screen, whole scroll region. */
#define RESCUE "\x1b[?1049l\x1b[0m\x1b[?25h\x1b[r\x1b[999;1H\x1b[2K\r"

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static struct termios before;
static volatile sig_atomic_t entered;

bool terminal_is_interactive(void) {
    const char *type = getenv("TERM");

    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && type != NULL && *type != '\0' &&
           strcmp(type, "dumb") != 0;
}

bool terminal_is_utf8(void) {
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void rescue(int number) {
    if (entered) {
        ssize_t ignored = write(STDOUT_FILENO, RESCUE, sizeof(RESCUE) - 1);
        (void)ignored;
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    raise(number); /* the default action: SA_RESETHAND */
}

static void install_rescue(void) {
    struct sigaction action = {.sa_handler = rescue, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT(fatal_signals); i++)
        sigaction(fatal_signals[i], &action, NULL);
}

bool terminal_enter(void) {
    static bool installed;
    struct termios raw;

    if (entered)
        return true;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return false;
    raw = before;
    cfmakeraw(&raw);
    if (!installed) {
        atexit(terminal_leave);
        install_rescue();
        installed = true;
    }
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0)
        return false;
    entered = 1;
    return true;
}

void terminal_leave(void) {
    if (!entered)
        return;
    /* TCSANOW: draining could wait for ever on a terminal that is stopped or gone. */
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    entered = 0;
}

void terminal_size(unsigned *rows, unsigned *columns) {
    struct winsize size = {0};

    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col;
    *rows = known ? size.ws_row : 24;
    *columns = known ? size.ws_col : 80;
}

bool terminal_write(const char *bytes, size_t size, const volatile sig_atomic_t *stop) {
    while (size) {
        ssize_t written = write(STDOUT_FILENO, bytes, size);

        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
            poll(&out, 1, 100);
        } else if (written < 0 && errno != EINTR) {
            return false;
        }
        if (size != 0 && stop != NULL && *stop)
            return false;
    }
    return true;
}
