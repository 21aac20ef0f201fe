namespace Blockwire.Protocol.Keys;

/// <summary>How the answer follows from what was proposed and what this side would choose (RFC 7143 §13).</summary>
public enum ResultFunction
{
    /// <summary>Nothing to select: the value is declared.</summary>
    Declare,

    /// <summary>Boolean and.</summary>
    And,

    /// <summary>Boolean or.</summary>
    Or,

    /// <summary>The smaller number.</summary>
    Minimum,

    /// <summary>The larger number.</summary>
    Maximum,

    /// <summary>The first entry of the proposer's list that the acceptor supports and may use (§6.2.1).</summary>
    FirstSupported,

    /// <summary>Part of an authentication exchange; the chosen method decides (§12.1).</summary>
    ByAuthMethod,

    /// <summary>A question with an answer of its own: SendTargets (Appendix C).</summary>
    Query,

    /// <summary>Obsolete: always answered Reject (§13.25).</summary>
    AlwaysReject,
}
