/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.h - registers.S: registers by the list, on this hart.
 */
#pragma once

/* Guest state that every hart with H has: VS-mode's and what VU-mode shares with U-mode. */
void reset_vs(void);

/* Only where the hart has F; V. sstatus.FS and VS must not be off. */
void reset_fp(void);
void reset_vector(void);

/* Only where the hart has Ssaia. */
void reset_aia(void);
