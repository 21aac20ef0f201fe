namespace Blockwire.Interop.Tests.Linux.Drops;

/// <summary>What passes when a connection is cut.</summary>
internal enum Moment
{
    /// <summary>No command is outstanding and nothing passes.</summary>
    Idle,

    /// <summary>Half of a command's immediate data has passed.</summary>
    ImmediateData,

    /// <summary>Half of a Data-Out's data has passed.</summary>
    DataOut,

    /// <summary>An R2T was sent and does not arrive.</summary>
    ReadyToTransfer,

    /// <summary>Half of a Data-In's data has passed.</summary>
    DataIn,

    /// <summary>A write is done, and its status does not arrive.</summary>
    Status,

    /// <summary>Half of a command's header has passed.</summary>
    Header,
}

/// <summary>How far the login that follows a cut comes before it is cut as well.</summary>
internal enum LoginStage
{
    /// <summary>The first response does not arrive.</summary>
    FirstResponse,

    /// <summary>Half of the request with the initiator's CHAP response has passed.</summary>
    Proof,

    /// <summary>The target has let the initiator in, which never hears of it.</summary>
    LastResponse,
}

/// <summary>One forced end of a connection in the full feature phase.</summary>
/// <param name="Moment">When.</param>
/// <param name="Reset">By RST on both sides, else by FIN.</param>
/// <param name="Stalls">The direction that is cut stands still for a moment first, while the other goes on.</param>
/// <param name="TargetLearnsLate">The target's side stays open, and the next login finds the session in use (RFC 7143 §6.3.5).</param>
/// <param name="Login">The next login is cut as well.</param>
internal sealed record Cut(Moment Moment, bool Reset, bool Stalls, bool TargetLearnsLate, LoginStage? Login)
{
    /// <summary>Every moment in turn, half of them by RST; the other properties come round at lengths that share no factor with 7 moments.</summary>
    public static IReadOnlyList<Cut> Plan(int count) =>
    [
        .. Enumerable.Range(0, count).Select(static it => new Cut(
            (Moment)(it % 7), it % 2 == 1, it % 3 == 1, it % 5 == 2, it % 9 == 4 ? (LoginStage)(it / 9 % 3) : null)),
    ];
}
