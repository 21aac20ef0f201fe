namespace Blockwire.Wire;

/// <summary>How a received PDU breaks the rules, which decides what its receiver does about it.</summary>
/// <remarks>
/// Three lines decide which fault a check reports. A length that the RFC fixes is a <see cref="Format"/> error whoever sent it. What an
/// initiator finds wrong is a <see cref="Format"/> error always ("all initiator-detected PDU construction errors", RFC 7143 §7.7). What a
/// target finds wrong in a field that describes a task or a transfer is an <see cref="InvalidField"/> (§11.17.1, note 2); flags and codes
/// that may not occur are a <see cref="ProtocolError"/>.
/// </remarks>
public enum PduFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>A format error, RFC 7143 §7.7: every connection of the session closes.</summary>
    Format,

    /// <summary>Answered by Reject, reason 0x04 (in the login phase by login status 0x0200).</summary>
    ProtocolError,

    /// <summary>Answered by Reject, reason 0x09 (in the login phase by login status 0x0200).</summary>
    InvalidField,

    /// <summary>Answered by Reject, reason 0x05.</summary>
    NotSupported,
}

/// <summary>The outcome of checking something received.</summary>
/// <param name="Fault">The kind of fault; <see cref="PduFault.None"/> when all is well.</param>
/// <param name="Rule">
/// The rule that was broken, as it should be: "7143/11.8.4 the Desired Data Transfer Length is not 0": RFC, section and a few words, for
/// logs and tests. A constant.
/// </param>
public readonly record struct PduCheck(PduFault Fault, string Rule)
{
    /// <summary>Nothing is wrong.</summary>
    public static PduCheck Ok => new(PduFault.None, "");

    /// <summary>Is nothing wrong?</summary>
    public bool IsOk => Fault == PduFault.None;

    /// <summary>A format error, RFC 7143 §7.7.</summary>
    public static PduCheck Format(string rule) => new(PduFault.Format, rule);

    /// <summary>A protocol error: Reject 0x04.</summary>
    public static PduCheck ProtocolError(string rule) => new(PduFault.ProtocolError, rule);

    /// <summary>An invalid PDU field: Reject 0x09.</summary>
    public static PduCheck InvalidField(string rule) => new(PduFault.InvalidField, rule);

    /// <summary>Not supported: Reject 0x05.</summary>
    public static PduCheck NotSupported(string rule) => new(PduFault.NotSupported, rule);
}
