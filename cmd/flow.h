/* SPDX-License-Identifier: ISC */
/*
 * flow.h: relay.c's: what goes between our standard input, a helper's channel, and our standard output, one read or
 * write each time that poll(2) says so. Lines are messages on channels that have messages.
 */
#ifndef AIRLOCK_FLOW_H
#define AIRLOCK_FLOW_H

#include "relay.h"

enum { QUIET_S = 2 };			/* a helper without end of file gets so long for what it has to say */

/* What relay.c has for this file. */
bool relay_is_running(const struct relay *r);
bool relay_has_eof(const struct relay *r);
int64_t relay_in_seconds(int n);

/* The first such message is told at the end, by relay_close(). */
void relay_fail(struct relay *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whatever is left is for nobody: the helper gets its end of file, then SIGTERM, then SIGKILL. */
void relay_stop(struct relay *r);

/* Standard input to the helper. */
bool flow_wants_input(const struct relay *r);
void flow_take_input(struct relay *r);
bool flow_wants_to_send(const struct relay *r);
void flow_send(struct relay *r);

/* All that there was to read has been sent: the helper is told, where that can be told. */
void flow_pass_end(struct relay *r);

/* What of a line was not sent to a helper that has died is not the beginning of one for the next. */
void flow_skip_line(struct relay *r);

/* The helper to standard output. */
void flow_take_output(struct relay *r);
void flow_put_output(struct relay *r);

#endif
