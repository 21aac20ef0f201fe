namespace Blockwire.Scsi.Device.Protection;

/// <summary>Parts of protection information that are looked at.</summary>
[Flags]
internal enum ProtectionParts : byte
{
    /// <summary>None of it.</summary>
    None = 0,

    /// <summary>LOGICAL BLOCK GUARD.</summary>
    Guard = 1,

    /// <summary>LOGICAL BLOCK APPLICATION TAG.</summary>
    ApplicationTag = 2,

    /// <summary>LOGICAL BLOCK REFERENCE TAG.</summary>
    ReferenceTag = 4,

    /// <summary>Both tags.</summary>
    Tags = ApplicationTag | ReferenceTag,

    /// <summary>All of it.</summary>
    All = Guard | Tags,
}
