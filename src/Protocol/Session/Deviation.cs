using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>What is done about a peer that broke a rule.</summary>
public enum DeviationAction
{
    /// <summary>Nothing is answered; it is counted.</summary>
    Ignore,

    /// <summary>The PDU is answered with a Reject.</summary>
    Reject,

    /// <summary>The connection is closed; its session may go on without it.</summary>
    DropConnection,

    /// <summary>Every connection of the session is closed (RFC 7143 §7.7).</summary>
    DropSession,
}

/// <summary>A rule that the peer broke, and what follows.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Reason">The reason of the Reject, where one is sent.</param>
/// <param name="Rule">The rule, by RFC section and in words, for the log.</param>
public readonly record struct Deviation(DeviationAction Action, RejectReason Reason, string Rule)
{
    /// <summary>Not answered.</summary>
    public static Deviation Ignored(string rule) => new(DeviationAction.Ignore, default, rule);

    /// <summary>Answered with a Reject.</summary>
    public static Deviation Rejected(RejectReason reason, string rule) => new(DeviationAction.Reject, reason, rule);

    /// <summary>Ends the connection.</summary>
    public static Deviation Lost(string rule) => new(DeviationAction.DropConnection, default, rule);

    /// <summary>Ends the session.</summary>
    public static Deviation Fatal(string rule) => new(DeviationAction.DropSession, default, rule);

    /// <summary>What a failed check of a PDU leads to (RFC 7143 §7.7 and §11.17.1).</summary>
    public static Deviation From(PduCheck check) => check.Fault switch
    {
        PduFault.ProtocolError => Rejected(RejectReason.ProtocolError, check.Rule),
        PduFault.InvalidField => Rejected(RejectReason.InvalidPduField, check.Rule),
        PduFault.NotSupported => Rejected(RejectReason.CommandNotSupported, check.Rule),
        _ => Fatal(check.Rule),
    };
}
