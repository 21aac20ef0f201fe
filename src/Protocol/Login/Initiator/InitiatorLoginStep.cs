using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>What an initiator's login wants done.</summary>
public sealed record InitiatorLoginStep
{
    /// <summary>What follows.</summary>
    public required InitiatorLoginNext Next { get; init; }

    /// <summary>The Login Request to send, when <see cref="Next"/> is <see cref="InitiatorLoginNext.Send"/>.</summary>
    public LoginRequest Request { get; init; }

    /// <summary>Numbers to stamp into it. A Login Request is immediate and uses up no CmdSN.</summary>
    public InitiatorNumbers Numbers { get; init; }

    /// <summary>Its data segment. Owned by the receiver of the step; never changed afterwards.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The result, exactly when <see cref="Next"/> is <see cref="InitiatorLoginNext.FullFeature"/>.</summary>
    public InitiatorLoginOutcome? Outcome { get; init; }

    /// <summary>The reason, exactly when <see cref="Next"/> is <see cref="InitiatorLoginNext.Failed"/>.</summary>
    public InitiatorLoginFailure? Failure { get; init; }

    internal static InitiatorLoginStep Fail(InitiatorLoginFailure failure) => new() { Next = InitiatorLoginNext.Failed, Failure = failure };
}
