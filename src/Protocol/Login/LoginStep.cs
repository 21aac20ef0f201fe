using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>The answer to one Login Request.</summary>
public sealed record LoginStep
{
    /// <summary>The Login Response to send.</summary>
    public required LoginResponse Response { get; init; }

    /// <summary>Numbers to stamp into it. StatSN is consumed. Without meaning when the status is not success (RFC 7143 §11.13.5).</summary>
    public required TargetNumbers Numbers { get; init; }

    /// <summary>Its data segment. Owned by the receiver of the step; never changed afterwards.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>What follows.</summary>
    public required LoginNext Next { get; init; }

    /// <summary>The result, exactly when <see cref="Next"/> is <see cref="LoginNext.FullFeature"/>.</summary>
    public LoginOutcome? Outcome { get; init; }

    /// <summary>One line for the log when the login is refused; holds no secret.</summary>
    public string? Why { get; init; }
}
