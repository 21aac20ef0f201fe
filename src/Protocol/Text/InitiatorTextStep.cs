using Blockwire.Wire;

namespace Blockwire.Protocol.Text;

/// <summary>What an initiator's text exchange wants done.</summary>
public sealed record InitiatorTextStep
{
    /// <summary>What follows.</summary>
    public required InitiatorTextNext Next { get; init; }

    /// <summary>The Text Request to send, when <see cref="Next"/> is <see cref="InitiatorTextNext.Send"/>.</summary>
    public TextRequest Request { get; init; }

    /// <summary>Its data segment. Owned by the receiver of the step; never changed afterwards.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The result, exactly when <see cref="Next"/> is <see cref="InitiatorTextNext.Done"/>.</summary>
    public InitiatorTextOutcome? Outcome { get; init; }

    /// <summary>One line with the rule, exactly when <see cref="Next"/> is <see cref="InitiatorTextNext.Failed"/>.</summary>
    public string? Why { get; init; }

    /// <summary>The reason of the Reject that ended the exchange, or null.</summary>
    public RejectReason? RejectReason { get; init; }
}
