using System.Buffers;
using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// READ DEFECT DATA(10) and (12) (SBC-3 §5.17 and §5.18): the defect lists are empty, since whatever lies below looks after its own. REASSIGN BLOCKS
/// (SBC-3 §5.20): a block that can be read is where it should be; one that cannot is written anew with zeros, which is what makes a disk below replace it.
/// </summary>
internal static class DefectCommands
{
    private const byte ListsMask = 0x18;
    private const byte FormatMask = 0x07;
    private const byte LastFormat = 5;
    private const byte LongLba = 0x02;
    private const byte LongList = 0x01;
    private const int ListHeader = 4;

    /// <summary>Most bytes of a list of blocks to reassign.</summary>
    private const uint MostBytes = 4096;

    public static SenseData? Plan10(ScsiCommand command) => CheckFormat(command.Cdb, 2)
        ?? ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[7..]));

    public static SenseData? Plan12(ScsiCommand command)
    {
        if (CheckFormat(command.Cdb, 1) is { } refusal)
        {
            return refusal;
        }

        // An index behind the last descriptor (SBC-3 §5.18): the list has none.
        return BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[2..]) != 0
            ? Sense.InvalidFieldInCdb(2)
            : ParameterData.Plan(command, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[6..]));
    }

    public static ValueTask Run10(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken) =>
        ParameterData.Answer(command, [0, (byte)(command.Cdb[2] & (ListsMask | FormatMask)), 0, 0]);

    public static ValueTask Run12(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken) =>
        ParameterData.Answer(command, [0, (byte)(command.Cdb[1] & (ListsMask | FormatMask)), 0, 0, 0, 0, 0, 0]);

    public static SenseData? PlanReassign(ScsiCommand command)
    {
        command.DataOutWanted = Math.Min(command.DataOutOffered ?? MostBytes, MostBytes);
        return null;
    }

    public static async ValueTask RunReassign(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (ReadList(command, out List<ulong> blocks) is { } refusal)
        {
            MediumResult.Refuse(command, refusal);
            return;
        }

        LogicalUnit unit = command.Unit!;
        using IMemoryOwner<byte> owner = command.Pool.Rent((int)unit.Traits.BlockBytes);
        Memory<byte> block = owner.Memory[..(int)unit.Traits.BlockBytes];
        foreach (ulong lba in blocks)
        {
            await LongWork.LetOthersGo(cancellationToken);
            IoStatus status = await unit.Device.ReadAsync(lba, block, cancellationToken).ConfigureAwait(false);
            if (status == IoStatus.ReadError)
            {
                block.Span.Clear();
                status = await WriteCommands.WriteAsync(unit, lba, block, force: true, cancellationToken).ConfigureAwait(false);
                if (status == IoStatus.WriteError)
                {
                    MediumResult.Refuse(command, NotReassigned(Sense.NoDefectSpareLocation(lba), lba));
                    return;
                }
            }

            // A block that can be read keeps what it has, whether its protection information is right or not: nothing has to be reassigned for its sake.
            if (status is not (IoStatus.Ok or IoStatus.GuardError or IoStatus.ApplicationTagError or IoStatus.ReferenceTagError))
            {
                MediumResult.Refuse(command, NotReassigned(MediumResult.SenseFor(status, lba, isOneBlock: true), lba));
                return;
            }
        }

        command.Complete(ScsiStatus.Good);
    }

    // Those before it in the list have been reassigned; it and those behind it have not (SBC-3 §5.20).
    private static SenseData NotReassigned(SenseData failure, ulong first) => failure with { CommandSpecific = first };

    private static SenseData? CheckFormat(ReadOnlySpan<byte> cdb, int at) =>
        (cdb[at] & FormatMask) > LastFormat ? Sense.InvalidFieldInCdb(at, 2) : null;

    private static SenseData? ReadList(ScsiCommand command, out List<ulong> blocks)
    {
        blocks = [];
        ReadOnlySpan<byte> list = command.DataOut.Span;
        if (list.Length < ListHeader)
        {
            return Sense.ParameterListLengthError;
        }

        bool isLong = (command.Cdb[1] & LongList) != 0;
        int each = (command.Cdb[1] & LongLba) != 0 ? sizeof(ulong) : sizeof(uint);
        uint length = isLong ? BinaryPrimitives.ReadUInt32BigEndian(list) : BinaryPrimitives.ReadUInt16BigEndian(list[2..]);
        if (!isLong && (list[0] | list[1]) != 0)
        {
            return Sense.InvalidFieldInParameterList(list[0] != 0 ? 0 : 1);
        }

        if (length % each != 0)
        {
            return Sense.InvalidFieldInParameterList(isLong ? 0 : 2);
        }

        if (length > list.Length - ListHeader)
        {
            return Sense.ParameterListLengthError;
        }

        for (int at = ListHeader; at < ListHeader + length; at += each)
        {
            ulong lba = each == sizeof(ulong) ? BinaryPrimitives.ReadUInt64BigEndian(list[at..]) : BinaryPrimitives.ReadUInt32BigEndian(list[at..]);
            if (BlockRange.Check(command.Unit!, lba, 1) is { } outside)
            {
                return outside;
            }

            blocks.Add(lba);
        }

        return null;
    }
}
