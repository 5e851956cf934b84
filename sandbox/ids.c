/* SPDX-License-Identifier: ISC */
/*
 * ids.c: see ids.h. Looks users up; changes nothing of the caller.
 */
#define _GNU_SOURCE
#include "ids.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "names.h"

enum { LAST_CAPABILITY = 63 };

struct capabilities {
	uint64_t permitted, effective;
};

/* Capabilities of the caller */

/* But for the bounding set, which takes a call for each. */
static struct capabilities capabilities_now(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	struct capabilities c = { 0 };

	if (syscall(SYS_capget, &header, data) == 0)
		for (int i = 0; i < 2; i++) {
			c.permitted |= (uint64_t)data[i].permitted << 32 * i;
			c.effective |= (uint64_t)data[i].effective << 32 * i;
		}
	return c;
}

/* Is there anything in the bounding set that is not in `keep`? */
static bool bounding_exceeds(uint64_t keep)
{
	for (int cap = 0; cap <= LAST_CAPABILITY; cap++) {
		int in = keep >> cap & 1 ? 0 : prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		/* what cannot be asked for may be in the set */
		if (in == 1 || (in < 0 && errno != EINVAL))
			return true;
		/* there is no such capability, and none above */
		if (in < 0)
			return false;
	}
	return false;
}

bool airlock__capable(int cap)
{
	return capabilities_now().effective >> cap & 1;
}

/* The first capability of a set, for messages. */
static const char *first_name(uint64_t set)
{
	const char *name =
		airlock__value_name(AIRLOCK__CAPABILITIES, (uint64_t)__builtin_ctzll(set));

	return name ? name : "one that has no name";
}

/* Users and groups */

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

/* The parser takes no number over 2^32 - 2 */
static uint32_t number(const char *s)
{
	return (uint32_t)strtoul(s, NULL, 10);
}

int airlock__ids_user(const struct airlock_profile *p, struct airlock__user *ret)
{
	int r = p->user && !is_number(p->user)
			? airlock__user(p->user, 0, ret)
			: airlock__user(NULL, p->user ? number(p->user) : geteuid(), ret);

	/* setresuid(2) and setresgid(2) take it for "as it is": root's helper would stay root */
	if (r == 0 && (ret->uid == UINT32_MAX || ret->gid == UINT32_MAX)) {
		free(ret->home);
		ret->home = NULL;
		r = -EINVAL;
	}
	return r;
}

static int look_up_group(const char *name, uint32_t *ret_gid)
{
	uint32_t gid = number(name);
	int r = is_number(name) ? 0 : airlock__group(name, &gid);

	if (r == 0 && gid == UINT32_MAX)
		r = -EINVAL;
	if (r == 0)
		*ret_gid = gid;
	return r;
}

static bool have_uid(uint32_t uid)
{
	uid_t r, e, s;

	return getresuid(&r, &e, &s) == 0 && r == uid && e == uid && s == uid;
}

static bool have_gid(uint32_t gid)
{
	gid_t r, e, s;

	return getresgid(&r, &e, &s) == 0 && r == gid && e == gid && s == gid;
}

/* setresuid(2): without privilege each may become what one of the three is */
static bool may_be_uid(uint32_t uid)
{
	uid_t r, e, s;

	return getresuid(&r, &e, &s) == 0 && (r == uid || e == uid || s == uid);
}

static bool may_be_gid(uint32_t gid)
{
	gid_t r, e, s;

	return getresgid(&r, &e, &s) == 0 && (r == gid || e == gid || s == gid);
}

/* User=, and what it says of the group. */
static int make_user(const struct airlock_profile *p, struct airlock_report *report,
		     struct airlock_seal *seal, char **ret_home)
{
	struct airlock__user u = { 0 };
	int r = 0;

	if (!p->user) {
		/* to look a user up is slow: files are read, daemons asked */
		if (p->directory && !strcmp(p->directory, "~"))
			r = airlock__ids_user(p, &u);
		*ret_home = r == 0 ? u.home : NULL;
		/* with no_new_privs exec makes the real id the effective one: it must be the same before */
		if (!have_gid(getegid())) {
			seal->parts |= AIRLOCK__SEAL_GID;
			seal->gid = getegid();
		}
		if (!have_uid(geteuid())) {
			seal->parts |= AIRLOCK__SEAL_UID;
			seal->uid = geteuid();
		}
		if (seal->parts & AIRLOCK__SEAL_UID)
			airlock__report_add(report, "user", AIRLOCK_ENFORCED,
					    "uid %u, the effective one, for good", seal->uid);
		else
			airlock__report_add(report, "user", AIRLOCK_NOT_ASKED, "%s",
					    geteuid() ? "" : "uid 0, which owns most files");
		return r == -ENOMEM ? r : 0;
	}
	r = airlock__ids_user(p, &u);
	/* a number needs no entry, if the group is said as well */
	if (r == -ESRCH && is_number(p->user) && p->group) {
		u.uid = number(p->user);
		r = 0;
	}
	*ret_home = u.home;
	if (r == -ESRCH) {
		airlock__report_lost(report, p, "user", r, "there is no user %s%s", p->user,
				     is_number(p->user) ? "; without Group= its group is not known"
							: "");
		return 0;
	}
	if (r < 0) {
		airlock__report_add(report, "user", AIRLOCK_LOST, "%s: %s", p->user, strerror(-r));
		return r;
	}
	if (!may_be_uid(u.uid) && !airlock__capable(CAP_SETUID)) {
		airlock__report_lost(report, p, "user", -EPERM,
				     "this caller may not become %s: it has no CAP_SETUID",
				     p->user);
		return 0;
	}
	seal->parts |= AIRLOCK__SEAL_UID;
	seal->uid = u.uid;
	if (!p->group) {
		seal->parts |= AIRLOCK__SEAL_GID;
		seal->gid = u.gid;
	}
	airlock__report_add(report, "user", AIRLOCK_ENFORCED, "uid %u", u.uid);
	return 0;
}

static int make_group(const struct airlock_profile *p, struct airlock_report *report,
		      struct airlock_seal *seal)
{
	if (p->group) {
		uint32_t gid = 0;
		int r = look_up_group(p->group, &gid);

		if (r == -ESRCH)
			airlock__report_lost(report, p, "group", r, "there is no group %s",
					     p->group);
		else if (r < 0)
			airlock__report_add(report, "group", AIRLOCK_LOST, "%s: %s", p->group,
					    strerror(-r));
		if (r < 0)
			return r == -ESRCH ? 0 : r;
		seal->parts |= AIRLOCK__SEAL_GID;
		seal->gid = gid;
	}
	if (!(seal->parts & AIRLOCK__SEAL_GID)) {
		airlock__report_add(report, "group", AIRLOCK_NOT_ASKED, "%s", "");
		return 0;
	}
	if (!may_be_gid(seal->gid) && !airlock__capable(CAP_SETGID)) {
		seal->parts &= ~AIRLOCK__SEAL_GID;
		airlock__report_lost(report, p, "group", -EPERM,
				     "this caller may not change its group to %u: it has no "
				     "CAP_SETGID",
				     seal->gid);
		return 0;
	}
	airlock__report_add(report, "group", AIRLOCK_ENFORCED, "gid %u", seal->gid);
	return 0;
}

/* user_namespaces(7): it may be forbidden for good, whatever the capabilities. */
static bool may_set_groups(void)
{
	char word[8] = "";
	int fd;

	if (!airlock__capable(CAP_SETGID))
		return false;
	fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, word, sizeof word - 1) < 0)
			word[0] = '\0';
		close(fd);
	}
	return strncmp(word, "deny", 4) != 0;
}

static int make_groups(const struct airlock_profile *p, struct airlock_report *report,
		       struct airlock_seal *seal)
{
	uint32_t *groups = calloc(p->groups.n ? p->groups.n : 1, sizeof *groups);
	int r = groups ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < p->groups.n; i++) {
		r = look_up_group(p->groups.at[i], &groups[i]);
		if (r == -ESRCH)
			airlock__report_lost(report, p, "groups", r, "there is no group %s",
					     p->groups.at[i]);
		else if (r < 0)
			airlock__report_add(report, "groups", AIRLOCK_LOST, "%s: %s",
					    p->groups.at[i], strerror(-r));
	}
	if (r < 0) {
		free(groups);
		return r == -ESRCH ? 0 : r;
	}
	if (may_set_groups()) {
		seal->parts |= AIRLOCK__SEAL_GROUPS;
		seal->groups = groups;
		seal->ngroups = (uint32_t)p->groups.n;
		airlock__report_add(report, "groups", AIRLOCK_ENFORCED, "%zu", p->groups.n);
		return 0;
	}
	free(groups);
	if (p->has_groups)
		airlock__report_lost(report, p, "groups", -EPERM, "%s",
				     "this caller may not change its groups (CAP_SETGID)");
	else
		airlock__report_add(report, "groups", AIRLOCK_NOT_ASKED,
				    "unprivileged: the caller's %d stay", getgroups(0, NULL));
	return 0;
}

/* Capabilities of the helper */

static void make_bounding(const struct airlock_profile *p, struct airlock_report *report,
			  uint64_t keep, const struct capabilities *now, struct airlock_seal *seal)
{
	if (!bounding_exceeds(keep)) {
		airlock__report_add(report, "bounding-set", AIRLOCK_ENFORCED, "%s",
				    "the caller's is no larger");
	} else if (now->effective >> CAP_SETPCAP & 1) {
		seal->parts |= AIRLOCK__SEAL_BOUNDING;
		seal->bounding = keep;
		airlock__report_add(report, "bounding-set", AIRLOCK_ENFORCED, "%s", "");
	} else if (p->has_bounding) {
		airlock__report_lost(report, p, "bounding-set", -EPERM, "%s",
				     "this caller may not change it (CAP_SETPCAP)");
	} else {
		airlock__report_add(report, "bounding-set", AIRLOCK_NOT_ASKED, "%s",
				    "unprivileged: the caller's stays");
	}
}

/*
 * Bits that keep uid 0 from being more than another, and the ambient set empty, for good; those that the
 * caller has locked open stay so.
 */
static void make_securebits(struct airlock_report *report, uint64_t keep,
			    const struct capabilities *now, struct airlock_seal *seal)
{
	static const uint32_t wanted[] = { SECBIT_NOROOT, SECBIT_NO_CAP_AMBIENT_RAISE };
	int had = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	if (keep) {
		airlock__report_add(report, "securebits", AIRLOCK_NOT_ASKED, "%s",
				    "capabilities are kept");
		return;
	}
	if (had < 0 || !(now->effective >> CAP_SETPCAP & 1)) {
		airlock__report_add(report, "securebits", AIRLOCK_NOT_ASKED, "%s",
				    "unprivileged: the caller's stay");
		return;
	}
	seal->securebits = (uint32_t)had;
	/* the lock is the next bit, <linux/securebits.h> */
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!((uint32_t)had & wanted[i] << 1))
			seal->securebits |= wanted[i] | wanted[i] << 1;
	seal->parts |= AIRLOCK__SEAL_SECUREBITS;
	airlock__report_add(report, "securebits", AIRLOCK_ENFORCED, "noroot, no-cap-ambient-raise");
}

static void make_capabilities(const struct airlock_profile *p, struct airlock_report *report,
			      struct airlock_seal *seal)
{
	struct capabilities now = capabilities_now();
	uint32_t uid = seal->parts & AIRLOCK__SEAL_UID ? seal->uid : geteuid();
	uint64_t ambient = p->ambient, keep = p->bounding | (p->has_bounding ? 0 : ambient),
		 missing;

	if (ambient & ~keep)
		airlock__report_lost(report, p, "ambient-set", -EINVAL,
				     "CapabilityBoundingSet= takes %s away",
				     first_name(ambient & ~keep));
	else if ((missing = ambient & ~now.permitted) != 0)
		airlock__report_lost(report, p, "ambient-set", -EPERM, "this caller has no %s",
				     first_name(missing));
	else
		airlock__report_add(report, "ambient-set",
				    p->has_ambient ? AIRLOCK_ENFORCED : AIRLOCK_NOT_ASKED, "%s",
				    "");
	/* less than asked for is what best effort gets */
	ambient &= keep & now.permitted;
	make_bounding(p, report, keep, &now, seal);
	make_securebits(report, keep, &now, seal);

	/*
	 * Only root keeps what is not ambient through an exec; and what it does not hold before, the
	 * exec does not give it, since no_new_privs is set: so these are all that it can have.
	 */
	seal->parts |= AIRLOCK__SEAL_CAPABILITIES;
	seal->permitted = (uid == 0 ? keep : ambient) & now.permitted;
	seal->effective = seal->permitted;
	seal->inheritable = ambient;
	seal->ambient = ambient;
	airlock__report_add(report, "capabilities", AIRLOCK_ENFORCED, "%d kept",
			    __builtin_popcountll(seal->permitted));
}

int airlock__ids_make(const struct airlock_profile *p, struct airlock_report *report,
		      struct airlock_seal *seal, char **ret_home)
{
	char *home = NULL;
	int r = make_user(p, report, seal, &home);

	if (r == 0)
		r = make_group(p, report, seal);
	if (r == 0)
		r = make_groups(p, report, seal);
	if (r < 0) {
		free(home);
		return r;
	}
	make_capabilities(p, report, seal);
	*ret_home = home;
	return 0;
}
