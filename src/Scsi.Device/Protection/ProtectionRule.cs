using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Protection;

/// <summary>What the protection information of consecutive blocks is held against (SBC-3 §4.21.3).</summary>
/// <param name="Type">Type of protection.</param>
/// <param name="Parts">What is checked; a part of which nothing is known is not among them.</param>
/// <param name="ReferenceTag">The reference tag of the first block; each further one has one more.</param>
/// <param name="ApplicationTag">The application tag of every block.</param>
/// <param name="ApplicationTagMask">The bits of it that count.</param>
/// <param name="FromMedium">The blocks were read from the medium, where tags may disable the checks of a block; what an initiator sends is checked always.</param>
internal readonly record struct ProtectionRule(
    ProtectionType Type, ProtectionParts Parts, uint ReferenceTag, ushort ApplicationTag, ushort ApplicationTagMask, bool FromMedium)
{
    /// <summary>What the protection field of a CDB has checked: RDPROTECT, VRPROTECT, ORPROTECT of what is read, WRPROTECT and its like of what is sent (SBC-3 tables of §5.11, §5.33).</summary>
    public static ProtectionParts PartsOf(int code) => code switch
    {
        2 => ProtectionParts.Tags,
        3 => ProtectionParts.None,
        4 => ProtectionParts.Guard,
        _ => ProtectionParts.All,
    };

    /// <summary>
    /// The rule for a range of blocks. The reference tag is known of type 1, and of type 2 when the CDB tells it; the application tag when the CDB tells it and the
    /// initiators own it (ATO).
    /// </summary>
    public static ProtectionRule For(
        ProtectionType type, ProtectionParts parts, ulong lba, in ProtectionFields fields, bool initiatorsOwnTags, bool fromMedium)
    {
        bool knowsReference = type == ProtectionType.Type1 || (type == ProtectionType.Type2 && fields.HasTags);
        bool knowsApplication = fields.HasTags && initiatorsOwnTags;
        ProtectionParts known = ProtectionParts.Guard | (knowsReference ? ProtectionParts.ReferenceTag : ProtectionParts.None)
            | (knowsApplication ? ProtectionParts.ApplicationTag : ProtectionParts.None);
        return new(
            type, parts & known, type == ProtectionType.Type2 ? fields.ReferenceTag : (uint)lba, fields.ApplicationTag, fields.ApplicationTagMask, fromMedium);
    }

    /// <summary>Checks blocks that have protection information behind their data.</summary>
    /// <param name="blocks">Whole blocks.</param>
    /// <param name="blockBytes">Bytes of their data.</param>
    /// <param name="first">Number of the first in the range of the rule.</param>
    /// <param name="at">Number of the block that is wrong.</param>
    /// <returns>Ok, or the first thing that is wrong.</returns>
    public IoStatus Check(ReadOnlySpan<byte> blocks, int blockBytes, ulong first, out ulong at)
    {
        at = first;
        if (Parts == ProtectionParts.None)
        {
            return IoStatus.Ok;
        }

        for (; blocks.Length > 0; at++)
        {
            IoStatus status = CheckOne(blocks[..blockBytes], ProtectionInformation.Read(blocks[blockBytes..]), at);
            if (status != IoStatus.Ok)
            {
                return status;
            }

            blocks = blocks[(blockBytes + ProtectionInformation.Length)..];
        }

        return IoStatus.Ok;
    }

    private IoStatus CheckOne(ReadOnlySpan<byte> data, ProtectionInformation information, ulong index)
    {
        if (FromMedium && information.DisablesChecks(Type))
        {
            return IoStatus.Ok;
        }

        return (Parts & ProtectionParts.Guard) != ProtectionParts.None && information.Guard != GuardCrc.Compute(data) ? IoStatus.GuardError
            : (Parts & ProtectionParts.ApplicationTag) != ProtectionParts.None && ((information.ApplicationTag ^ ApplicationTag) & ApplicationTagMask) != 0 ? IoStatus.ApplicationTagError
            : (Parts & ProtectionParts.ReferenceTag) != ProtectionParts.None && information.ReferenceTag != unchecked(ReferenceTag + (uint)index) ? IoStatus.ReferenceTagError
            : IoStatus.Ok;
    }
}
