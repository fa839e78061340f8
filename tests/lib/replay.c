/* SPDX-License-Identifier: MIT */
/* main() of a fuzz target without libFuzzer: feeds it its corpus, once. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t size;

	if (f == NULL || fstat(fileno(f), &st) != 0) {
		perror(path);
		if (f != NULL) {
			fclose(f);
		}
		return -1;
	}
	size = (size_t)st.st_size;
	data = malloc(size == 0 ? 1 : size); /* exact: overruns are seen */
	if (data == NULL || fread(data, 1, size, f) != size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		free(data);
		fclose(f);
		return -1;
	}
	fclose(f);
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

/* Returns the number of inputs, or -1. */
static int replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[4096];
	int count = 0;

	if (dir == NULL) {
		perror(folder);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.') {
			continue;
		}
		if (snprintf(path, sizeof(path), "%s/%s", folder,
		             entry->d_name) >= (int)sizeof(path) ||
		    replay_file(path) != 0) {
			count = -1;
			break;
		}
		count++;
	}
	closedir(dir);
	return count;
}

static int replay_own_corpus(const char *program)
{
	const char *corpus = getenv("PST_CORPUS");
	const char *slash = strrchr(program, '/');
	char folder[4096];
	int count;

	if (corpus == NULL) {
		fprintf(stderr, "PST_CORPUS is not set; or name files\n");
		return 99;
	}
	program = slash == NULL ? program : slash + 1;
	if (strncmp(program, "lt-", 3) == 0) { /* libtool's wrapper */
		program += 3;
	}
	if (snprintf(folder, sizeof(folder), "%s/%s", corpus, program) >=
	    (int)sizeof(folder)) {
		return 99;
	}
	count = replay_folder(folder);
	if (count <= 0) {
		fprintf(stderr, "%s: no corpus\n", folder);
		return 1;
	}
	printf("%d inputs replayed\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 2) {
		return replay_own_corpus(argv[0]);
	}
	for (i = 1; i < argc; i++) {
		if (replay_file(argv[i]) != 0) {
			return 1;
		}
	}
	return 0;
}
