namespace Blockwire.Protocol.Keys;

/// <summary>All that the protocol says of one key. Parser, responder, relevance and documentation read this row and nothing else.</summary>
/// <param name="Name">The key, case sensitive.</param>
/// <param name="Section">Where it is defined, for example "7143/13.10".</param>
/// <param name="FromInitiator">When an initiator may send it; <see cref="KeyStages.None"/> if never.</param>
/// <param name="FromTarget">When a target may send it on its own account; an answer is always allowed.</param>
/// <param name="Use">Declarative or negotiated.</param>
/// <param name="Scope">Connection or session.</param>
/// <param name="Form">Value syntax.</param>
/// <param name="Function">How a proposal is answered.</param>
public sealed record KeyRow(
    string Name,
    string Section,
    KeyStages FromInitiator,
    KeyStages FromTarget,
    KeyUse Use,
    KeyScope Scope,
    ValueForm Form,
    ResultFunction Function)
{
    /// <summary>"LO": only on the leading connection of a session (RFC 7143 §13).</summary>
    public bool LeadingOnly { get; init; }

    /// <summary>Must stand in the first request of a login when it is sent at all (RFC 7143 §6.3, §13.21).</summary>
    public bool FirstRequestOnly { get; init; }

    /// <summary>"Irrelevant when: SessionType=Discovery".</summary>
    public bool IrrelevantInDiscovery { get; init; }

    /// <summary>May appear more than once in a negotiation (RFC 7143 §6.3).</summary>
    public bool Repeatable { get; init; }

    /// <summary>Legal numbers, for <see cref="ValueForm.Number"/>.</summary>
    public NumberRange? Range { get; init; }

    /// <summary>The value while nothing was negotiated, or null when there is none.</summary>
    public string? Default { get; init; }

    /// <summary>The authentication method whose exchange the key belongs to, or null.</summary>
    public string? AuthMethod { get; init; }

    /// <summary>Longest legal value in bytes as encoded. 255 unless the key says otherwise (RFC 7143 §6.1).</summary>
    public int MaxValueBytes { get; init; } = 255;
}
