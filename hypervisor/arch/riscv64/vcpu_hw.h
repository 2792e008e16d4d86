/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vcpu_hw.h - this hart's vCPU, beyond the contract.
 */
#pragma once

struct vcpu;

/* A suspended vCPU has been woken, and begins where it asked to. */
void vcpu_resume(struct vcpu *vcpu);
