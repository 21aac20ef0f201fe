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

    /// <summary>All that Linux's target (LIO) needs.</summary>
    Lio = ShiftedReassignResponses | LunInTaskReassign,
}
