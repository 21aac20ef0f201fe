using System.Globalization;

namespace Blockwire.Initiator;

/// <summary>
/// The initiator's half of a session's identifier (RFC 7143 §11.12.5): T (2 bits), A (6), B (16), C (8) and D (16). With the initiator's name it is the SCSI
/// initiator port.
/// </summary>
/// <param name="Value">48 bits, as <see cref="Blockwire.Wire.LoginRequest"/> has them.</param>
public readonly record struct Isid(ulong Value)
{
    private const int FormatShift = 46, OuiShift = 24, NumberShift = 16;
    private const uint Largest24Bit = (1u << 24) - 1, Largest22Bit = (1u << 22) - 1;

    /// <summary>Who gave it out.</summary>
    public IsidFormat Format => (IsidFormat)((Value >> FormatShift) & 3);

    /// <summary>What tells ISIDs of one origin apart: 24 bits with an OUI, else 16.</summary>
    public uint Qualifier => (uint)(Value & (Format == IsidFormat.Oui ? Largest24Bit : 0xFFFF));

    /// <summary>An ISID of an OUI's owner: A and B have the OUI, C and D the qualifier.</summary>
    /// <param name="oui">22 bits: without the I/G and U/L bits.</param>
    /// <param name="qualifier">24 bits.</param>
    public static Isid FromOui(uint oui, uint qualifier)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oui, Largest22Bit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(qualifier, Largest24Bit);
        return new(((ulong)oui << OuiShift) | qualifier);
    }

    /// <summary>An ISID of an enterprise: B and C have its number, D the qualifier.</summary>
    /// <param name="number">24 bits.</param>
    /// <param name="qualifier">Any.</param>
    public static Isid FromEnterpriseNumber(uint number, ushort qualifier) => Of(IsidFormat.EnterpriseNumber, number, qualifier);

    /// <summary>An ISID of nobody's: B and C have a random number, D the qualifier.</summary>
    /// <param name="random">24 bits.</param>
    /// <param name="qualifier">Any.</param>
    public static Isid FromRandom(uint random, ushort qualifier) => Of(IsidFormat.Random, random, qualifier);

    /// <summary>Twelve hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x12", CultureInfo.InvariantCulture);

    private static Isid Of(IsidFormat format, uint number, ushort qualifier)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, Largest24Bit);
        return new(((ulong)format << FormatShift) | ((ulong)number << NumberShift) | qualifier);
    }
}
