using System.Buffers;

namespace Blockwire.Scsi.Device.Work;

/// <summary>What is done to a whole medium.</summary>
internal enum MediumOperationKind
{
    /// <summary>FORMAT UNIT.</summary>
    Format,

    /// <summary>SANITIZE, OVERWRITE.</summary>
    SanitizeOverwrite,

    /// <summary>SANITIZE, BLOCK ERASE.</summary>
    SanitizeBlockErase,
}

/// <summary>A FORMAT UNIT or SANITIZE as it was asked for; all that is needed to do it again after a loss of power.</summary>
/// <param name="Kind">What.</param>
/// <param name="Pattern">What every block is filled with; empty for zeros, whose space may be given back.</param>
/// <param name="Passes">How often, 1 and up.</param>
/// <param name="Invert">Every second pass has all bits of the pattern inverted.</param>
/// <param name="AllowsExit">AUSE: when it fails, EXIT FAILURE MODE ends the failure.</param>
internal sealed record MediumOperation(MediumOperationKind Kind, byte[] Pattern, int Passes = 1, bool Invert = false, bool AllowsExit = false)
{
    /// <summary>The type of protection that FORMAT UNIT formats with.</summary>
    public ProtectionType Protection { get; init; }

    /// <summary>Is it one of those that nothing but their end may stop (SBC-3 §4.11)?</summary>
    public bool IsSanitize => Kind != MediumOperationKind.Format;

    /// <summary>The way through the medium with this number, 0 and up.</summary>
    public MediumPass Pass(int number, MemoryPool<byte> pool) => Pattern.Length == 0
        ? new ErasePass()
        : new PatternPass(Invert && number % 2 == 1 ? [.. Pattern.Select(value => (byte)~value)] : Pattern, pool);
}
