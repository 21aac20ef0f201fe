namespace Blockwire.Protocol.Keys;

/// <summary>The syntax of a value (RFC 7143 §6.1).</summary>
public enum ValueForm
{
    /// <summary>boolean-value: Yes or No.</summary>
    Boolean,

    /// <summary>numerical-value: decimal, or hexadecimal with 0x.</summary>
    Number,

    /// <summary>list-of-values: text-values separated by commas.</summary>
    List,

    /// <summary>text-value.</summary>
    Text,

    /// <summary>iSCSI-name-value.</summary>
    Name,

    /// <summary>iSCSI-local-name-value: any UTF-8.</summary>
    LocalName,

    /// <summary>binary-value: 0x, 0b or, up to 64 bits, decimal.</summary>
    Binary,

    /// <summary>domainname[:port][,portal-group-tag] (§13.8).</summary>
    Address,
}
