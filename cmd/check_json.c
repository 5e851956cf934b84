/* SPDX-License-Identifier: ISC */
/*
 * check_json.c: what `airlock check` found, for programs: the object that its --help tells of.
 */
#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf.h"
#include "tojson.h"

static json_t *errors_to_json(const struct check_found *f)
{
	json_t *all = json_array(), *one = json_object();

	if (f->invalid) {
		json_put(one, "source", json_text(f->in_pair ? "-p" : f->error.source));
		json_put(one, "line", json_integer(f->error.line));
		json_put(one, "column", json_integer(f->error.column));
		json_put(one, "message", json_text(f->error.message));
		json_add(all, json_incref(one));
	}
	json_decref(one);
	return all;
}

static json_t *restrictions_to_json(const struct check_asked *a, const struct check_found *f)
{
	static const char *const states[] = {
		[AIRLOCK_NOT_ASKED] = "not-asked",
		[AIRLOCK_ENFORCED] = "enforced",
		[AIRLOCK_LOST] = "lost",
	};
	json_t *all = json_array();

	for (size_t i = 0; i < airlock_report_count(f->report); i++) {
		json_t *one = json_object();

		json_put(one, "name", json_text(airlock_report_name(f->report, i)));
		json_put(one, "state", json_text(states[airlock_report_state(f->report, i)]));
		json_put(one, "reason", json_text(airlock_report_reason(f->report, i)));
		json_put(one, "best_effort", json_boolean(check_best_effort(a, f, i)));
		json_add(all, one);
	}
	return all;
}

static json_t *lacks_to_json(const struct check_found *f)
{
	json_t *all = json_array();

	for (size_t i = 0; i < f->nlacks; i++) {
		const struct lack *l = &f->lacks[i];
		json_t *one = json_object();

		json_put(one, l->call ? "call" : "path", json_text(l->call ? l->call : l->path));
		if (l->call)
			json_put(one, "answer", json_text(answer_in_words(l->answer).text));
		else
			json_put(one, "key", json_text(l->key));
		if (*l->who)
			json_put(one, "who", json_text(l->who));
		json_add(all, one);
	}
	return all;
}

static json_t *answers_to_json(const struct check_asked *a, const struct check_found *f)
{
	json_t *all = json_array();

	for (size_t i = 0; i < a->nqueries && !f->too_long; i++) {
		const struct query *q = &a->queries[i];
		json_t *one = json_object(), *args = json_array();

		/* as strings: JSON's numbers end at 53 bits in many readers */
		for (int j = 0; j < 6; j++) {
			char text[24];

			snprintf(text, sizeof text, "%#llx", (unsigned long long)q->data.args[j]);
			json_add(args, json_text(text));
		}
		json_put(one, "asked", json_text(q->text));
		json_put(one, "call", json_text(q->name));
		json_put(one, "nr", json_integer((uint32_t)q->data.nr));
		json_put(one, "args", args);
		json_put(one, "answer", json_text(answer_in_words(f->answers[i].value).text));
		json_put(one, "allowed", json_boolean(answer_allows(f->answers[i].value)));
		json_put(one, "because", json_text(f->answers[i].because));
		json_add(all, one);
	}
	return all;
}

/* Its instructions as --disasm prints them, one a string */
static json_t *program_to_json(const struct airlock__program *program)
{
	json_t *all = json_array();
	char *text = NULL, *rest, *line;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f && program)
		airlock__bpf_print(program->code, program->n, f);
	if (!f || fclose(f) != 0)
		json_no_memory();
	for (rest = text; (line = strtok_r(rest, "\n", &rest));)
		json_add(all, json_text(line));
	free(text);
	return all;
}

static json_t *landlock_to_json(const struct check_found *f)
{
	json_t *landlock = json_object();
	int had = check_landlock_had();

	json_put(landlock, "had", json_integer(had < 0 ? 0 : had));
	json_put(landlock, "wanted", json_integer(check_landlock_wanted(f->report)));
	return landlock;
}

static json_t *command_to_json(const struct check_asked *a, const struct check_found *f)
{
	json_t *command = json_object();

	if (!a->command && !check_has_words(a->sandbox.profile)) {
		json_decref(command);
		return json_null();
	}
	json_put(command, "path", json_text(f->program));
	json_put(command, "stand_in", json_boolean(!a->command));
	return command;
}

int check_print_json(const struct check_asked *a, const struct check_found *f)
{
	json_t *root = json_object(), *names = json_array();

	for (size_t i = 0; i < a->sandbox.nprofiles; i++)
		json_add(names, json_text(a->sandbox.profiles[i]));
	json_put(root, "profile", names);
	json_put(root, "valid", json_boolean(!f->invalid));
	json_put(root, "enforceable", json_boolean(!f->invalid && f->sealed == 0));
	json_put(root, "errors", errors_to_json(f));
	if (f->invalid)
		return json_print(root);
	json_put(root, "command", command_to_json(a, f));
	json_put(root, "restrictions", restrictions_to_json(a, f));
	json_put(root, "instructions", json_integer(f->needed ? f->needed->n : 0));
	json_put(root, "landlock", landlock_to_json(f));
	json_put(root, "lacks", lacks_to_json(f));
	json_put(root, "syscalls", answers_to_json(a, f));
	if (a->disasm)
		json_put(root, "program", program_to_json(f->needed));
	return json_print(root);
}
