namespace Blockwire.Scsi;

/// <summary>What the protection information of a logical unit's blocks means (SBC-3 §4.21.2).</summary>
public enum ProtectionType : byte
{
    /// <summary>Type 0: blocks have no protection information.</summary>
    None = 0,

    /// <summary>Type 1: the reference tag is the low 32 bits of the LBA.</summary>
    Type1 = 1,

    /// <summary>Type 2: the command says which reference tag the first block has; a CDB of 32 bytes can.</summary>
    Type2 = 2,

    /// <summary>Type 3: the reference tag is the application's, and never checked.</summary>
    Type3 = 3,
}
