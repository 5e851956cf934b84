/* SPDX-License-Identifier: ISC */
/*
 * doctor.c: airlock doctor: what this kernel and the container around us have, and what that means for the
 * promises. Changes nothing: what is tried is tried by children.
 */
#define _GNU_SOURCE
#include "cmd.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "probes.h"
#include "promises.h"
#include "tojson.h"

static const char help[] =
	"Usage: airlock doctor [--json]\n"
	"What this kernel, and a container around us, let airlock do, and what that means\n"
	"for its promises P1 to P10, airlock(7). All of it is tried by child processes.\n\n"
	"      --json  print one object: system, has [name had value reason], limits\n"
	"              [name soft hard], surroundings, builtins [name had reason],\n"
	"              promises [name title holds reason]; `holds' is yes, but, unknown\n"
	"              or no; `had' is null where nothing could be tried\n"
	"  -h, --help  this\n\n"
	"Exit status: 0 all promises hold, be it in slower ways; 1 one does not, or is\n"
	"not known to; 125 wrong use, or airlock failed.\n";

enum { OPT_JSON = 256, MAX_BUILTINS = 32 };

static const struct option longs[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const struct {
	const char *name;
	int which;
	const char *about;
} limits[] = {
	{ "nofile", RLIMIT_NOFILE, "descriptors; below 64 none are reserved for spawns" },
	{ "nproc", RLIMIT_NPROC, "processes of this user, helpers among them; too few: EAGAIN" },
	{ "as", RLIMIT_AS, "address space; the one exec hides in 4 GiB of it" },
	{ "core", RLIMIT_CORE, "core dumps; helpers under a profile get none" },
};
enum { NLIMITS = sizeof limits / sizeof *limits };

static const struct {
	const char *name;
	int cap;
	const char *about;
} capabilities[] = {
	{ "cap_setuid", CAP_SETUID, "for User=" },
	{ "cap_setgid", CAP_SETGID, "for Group=, and to give up supplementary groups" },
	{ "cap_setpcap", CAP_SETPCAP, "to shrink the bounding set" },
	{ "cap_sys_chroot", CAP_SYS_CHROOT, "for RootDirectory=" },
	{ "cap_sys_resource", CAP_SYS_RESOURCE, "to raise hard limits" },
};
enum { NCAPABILITIES = sizeof capabilities / sizeof *capabilities };

struct findings {
	struct found_here found[NPROBES], builtins[MAX_BUILTINS];
	struct surroundings around;
	struct promise promises[NPROMISES];
	struct utsname system;
	int nbuiltins;
};

static void find(struct findings *f)
{
	/* before the probes: it sees to it that children can be waited for */
	look_around(&f->around);
	probe_all(f->found);
	while (f->nbuiltins < MAX_BUILTINS && airlock_profile_builtin_name((size_t)f->nbuiltins)) {
		probe_builtin((size_t)f->nbuiltins, &f->builtins[f->nbuiltins]);
		f->nbuiltins++;
	}
	promises_judge(f->found, &f->around, f->promises);
	if (uname(&f->system) < 0)
		memset(&f->system, 0, sizeof f->system);
}

static bool has_capability(const struct findings *f, int cap)
{
	return f->around.capabilities >> cap & 1;
}

/* For people */

static void line(const char *name, const char *value, const char *about)
{
	printf(*about ? "  %-20s  %-17s  %s\n" : "  %-20s  %s\n", name, value, about);
}

static void number(const char *name, int value, const char *about)
{
	char text[16];

	snprintf(text, sizeof text, "%d", value);
	line(name, value < 0 ? "unknown" : text, about);
}

static void print_found(const char *name, const struct found_here *f, const char *about)
{
	char text[256];

	if (f->had && *f->reason)
		snprintf(text, sizeof text, "%s; %s", about, f->reason);
	else
		snprintf(text, sizeof text, "%s", f->had ? about : f->reason);
	line(name, f->untried ? "not tried" : f->had ? "yes" : "no", text);
}

static void print_limits(void)
{
	printf("\nlimits\n");
	for (int i = 0; i < NLIMITS; i++) {
		struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };
		char text[2][24];
		char both[64];

		getrlimit(limits[i].which, &l);
		for (int j = 0; j < 2; j++) {
			rlim_t value = j ? l.rlim_max : l.rlim_cur;

			if (value == RLIM_INFINITY)
				snprintf(text[j], sizeof text[j], "infinity");
			else
				snprintf(text[j], sizeof text[j], "%llu",
					 (unsigned long long)value);
		}
		snprintf(both, sizeof both, "%s:%s", text[0], text[1]);
		line(limits[i].name, both, limits[i].about);
	}
}

static void print_surroundings(const struct findings *f)
{
	const struct surroundings *s = &f->around;

	printf("\naround us\n");
	number("seccomp mode", s->seccomp, "2: filters of others hold here, too");
	number("seccomp filters", s->filters, "of others");
	number("no_new_privs", s->no_new_privs, "");
	for (int i = 0; i < NCAPABILITIES; i++)
		line(capabilities[i].name,
		     !s->knows_capabilities		      ? "unknown"
		     : has_capability(f, capabilities[i].cap) ? "yes"
							      : "no",
		     capabilities[i].about);
	number("dumpable", s->dumpable, "0 while a sandboxed child stands on our memory");
	number("fs.suid_dumpable", s->suid_dumpable, "1 would open what that shuts");
	number("yama ptrace_scope", s->ptrace_scope,
	       "0: processes of one user may trace each other");
	line("core_pattern",
	     *s->core_pattern == '|' ? "a pipe"
	     : *s->core_pattern	     ? "a file"
				     : "unknown",
	     "");
	line("SIGCHLD", s->ignores_sigchld ? "ignored" : "not ignored",
	     s->ignores_sigchld ? "by who started us: how helpers end is lost on such a caller"
				: "");
}

static void print_promises(const struct findings *f)
{
	static const char *const words[] = {
		[HOLDS] = "holds",
		[HOLDS_BUT] = "holds, but ",
		[NOT_KNOWN] = "", /* the reason says so, after what else there is to say */
		[DOES_NOT_HOLD] = "DOES NOT HOLD: ",
	};

	printf("\npromises\n");
	for (int i = 0; i < NPROMISES; i++)
		printf("  %-3s %-18s  %s%s\n", f->promises[i].name, f->promises[i].title,
		       words[f->promises[i].holds], f->promises[i].reason);
}

static int print_words(const struct findings *f)
{
	printf("%s %s, %s, as user %u\n\nkernel\n", f->system.sysname, f->system.release,
	       f->system.machine, (unsigned)geteuid());
	for (int i = 0; i < NPROBES; i++)
		print_found(probe_name((enum probe)i), &f->found[i], probe_about((enum probe)i));
	print_limits();
	print_surroundings(f);
	printf("\nbuiltin profiles\n");
	for (int i = 0; i < f->nbuiltins; i++)
		print_found(airlock_profile_builtin_name((size_t)i), &f->builtins[i], "");
	print_promises(f);
	return finish_output();
}

/* For programs */

static json_t *found_to_json(const char *name, const struct found_here *f)
{
	json_t *one = json_object();

	json_put(one, "name", json_text(name));
	json_put(one, "had", f->untried ? json_null() : json_boolean(f->had));
	if (f->value)
		json_put(one, "value", json_integer(f->value));
	json_put(one, "reason", json_text(f->reason));
	return one;
}

static json_t *all_found_to_json(const struct findings *f)
{
	json_t *all = json_array();

	for (int i = 0; i < NPROBES; i++)
		json_add(all, found_to_json(probe_name((enum probe)i), &f->found[i]));
	return all;
}

static json_t *builtins_to_json(const struct findings *f)
{
	json_t *all = json_array();

	for (int i = 0; i < f->nbuiltins; i++)
		json_add(all,
			 found_to_json(airlock_profile_builtin_name((size_t)i), &f->builtins[i]));
	return all;
}

/* null: infinity */
static json_t *limit_to_json(rlim_t value)
{
	return value == RLIM_INFINITY ? json_null() : json_integer((json_int_t)value);
}

static json_t *limits_to_json(void)
{
	json_t *all = json_array();

	for (int i = 0; i < NLIMITS; i++) {
		struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };
		json_t *one = json_object();

		getrlimit(limits[i].which, &l);
		json_put(one, "name", json_text(limits[i].name));
		json_put(one, "soft", limit_to_json(l.rlim_cur));
		json_put(one, "hard", limit_to_json(l.rlim_max));
		json_add(all, one);
	}
	return all;
}

/* null: not known */
static json_t *known(int value)
{
	return value < 0 ? json_null() : json_integer(value);
}

static json_t *surroundings_to_json(const struct findings *f)
{
	const struct surroundings *s = &f->around;
	json_t *all = json_object();

	json_put(all, "seccomp", known(s->seccomp));
	json_put(all, "seccomp_filters", known(s->filters));
	json_put(all, "no_new_privs", known(s->no_new_privs));
	for (int i = 0; i < NCAPABILITIES; i++)
		json_put(all, capabilities[i].name,
			 s->knows_capabilities
				 ? json_boolean(has_capability(f, capabilities[i].cap))
				 : json_null());
	json_put(all, "dumpable", known(s->dumpable));
	json_put(all, "suid_dumpable", known(s->suid_dumpable));
	json_put(all, "ptrace_scope", known(s->ptrace_scope));
	json_put(all, "core_pattern", *s->core_pattern ? json_text(s->core_pattern) : json_null());
	json_put(all, "ignores_sigchld", json_boolean(s->ignores_sigchld));
	return all;
}

static json_t *promises_to_json(const struct findings *f)
{
	static const char *const words[] = {
		[HOLDS] = "yes",
		[HOLDS_BUT] = "but",
		[NOT_KNOWN] = "unknown",
		[DOES_NOT_HOLD] = "no",
	};
	json_t *all = json_array();

	for (int i = 0; i < NPROMISES; i++) {
		const struct promise *p = &f->promises[i];
		json_t *one = json_object();

		json_put(one, "name", json_text(p->name));
		json_put(one, "title", json_text(p->title));
		json_put(one, "holds", json_text(words[p->holds]));
		json_put(one, "reason", json_text(p->reason));
		json_add(all, one);
	}
	return all;
}

static int print_json(const struct findings *f)
{
	json_t *root = json_object(), *system = json_object();

	json_put(system, "kernel", json_text(f->system.release));
	json_put(system, "machine", json_text(f->system.machine));
	json_put(system, "uid", json_integer(geteuid()));
	json_put(root, "system", system);
	json_put(root, "has", all_found_to_json(f));
	json_put(root, "limits", limits_to_json());
	json_put(root, "surroundings", surroundings_to_json(f));
	json_put(root, "builtins", builtins_to_json(f));
	json_put(root, "promises", promises_to_json(f));
	return json_print(root);
}

static int main_doctor(const struct verb *verb, int argc, char **argv)
{
	static struct findings f;
	bool json = false;
	int o, code = 0;

	while ((o = next_option(verb, argc, argv, "", longs, &code)) != -1) {
		if (o == '?')
			return code;
		json = true;
	}
	if (optind < argc)
		return misused(verb, "unexpected word %s", argv[optind]);
	find(&f);
	code = json ? print_json(&f) : print_words(&f);
	for (int i = 0; i < NPROMISES && code == 0; i++)
		if (f.promises[i].holds >= NOT_KNOWN)
			code = EXIT_WRONG;
	return code;
}

const struct verb verb_doctor = { "doctor", "say what this kernel has, and what holds on it", help,
				  main_doctor };
