namespace Blockwire.Protocol.Initiator;

/// <summary>
/// Faults of known targets that a session puts up with when it is told to; the rules for everybody else stay as they are.
/// </summary>
[Flags]
public enum PeerQuirks
{
    /// <summary>None: the target keeps to the RFC.</summary>
    None = 0,

    /// <summary>
    /// The target answers TASK REASSIGN with shifted codes, 255 for "function complete" and 0 for "task does not exist", where RFC 7143 §11.6.1 has 0 and 1. Linux's
    /// target up to 6.1 and later puts the code through the table of another layer.
    /// </summary>
    ShiftedReassignResponses = 1,

    /// <summary>
    /// The target wants the LUN in TASK REASSIGN, where RFC 7143 §11.5.3 has it reserved. Linux's target refuses a function whose LUN field names no unit of the session.
    /// </summary>
    LunInTaskReassign = 2,

    /// <summary>
    /// The target must not be asked to go on with tasks over another connection, though it grants recovery level 2: lost connections are closed (reason 1) instead of
    /// removed for recovery, or the session begins anew, and commands that may run twice are begun anew (RFC 7143 §7.1.4.3, §11.14.1). The kernel of Linux's target (6.1.192)
    /// died when a task ended that had been reassigned; other kernels were not tried.
    /// </summary>
    NoTaskReassign = 4,

    /// <summary>
    /// The target counts immediate Text and Logout Requests, so that its ExpCmdSN runs ahead of what it was sent, where RFC 7143 §4.2.2.1 has immediate requests take no
    /// number. The session follows it. istgt 0.4 does so.
    /// </summary>
    CountsImmediateRequests = 8,

    /// <summary>All that Linux's target (LIO) needs to reassign tasks; with kernels that do not survive it, <see cref="NoTaskReassign"/> as well.</summary>
    Lio = ShiftedReassignResponses | LunInTaskReassign,
}
