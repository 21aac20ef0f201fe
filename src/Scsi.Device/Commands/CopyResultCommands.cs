using System.Buffers.Binary;
using System.Numerics;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Copy;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// RECEIVE COPY OPERATING PARAMETERS, RECEIVE COPY STATUS(LID1) and (LID4), RECEIVE COPY FAILURE DETAILS(LID1) and RECEIVE ROD TOKEN INFORMATION (SPC-4 §6.22 to §6.28). A result
/// may be asked for again until its nexus goes, its unit is reset, or newer ones push it out.
/// </summary>
internal static class CopyResultCommands
{
    private const int AllocationAt = 10;
    private const int StatusLength = 12;
    private const int FailureHeader = 60;
    private const int LongHeader = 32;
    private const byte CountsBytes = 0;
    private const byte CountsBlocks = 0xF1;
    private const byte DoneLid1 = 1, FailedLid1 = 2;
    private const uint UpdateDelayMilliseconds = 100;

    private static readonly CopyLimits Limits = new(
        CopyBounds.Disks, CopyBounds.Segments, CopyBounds.ListBytes, CopyBounds.SegmentBytes, CopyBounds.RunningOfNexus, CopyBounds.Granularity, ThirdPartyCopyPage.Descriptors)
    {
        TotalConcurrent = CopyBounds.Running,
    };

    public static SenseData? Plan(ScsiCommand command) =>
        ParameterData.Plan(command, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[AllocationAt..]));

    public static ValueTask RunParameters(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        Span<byte> data = stackalloc byte[ParameterData.Most];
        data.Clear();
        return ParameterData.Answer(command, data[..Limits.Write(data)]);
    }

    public static ValueTask RunStatusLid1(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (Find(device, command, command.Cdb[2]) is not { } operation)
        {
            return Unknown(command);
        }

        CopyProgress progress = operation.Progress;
        Span<byte> data = stackalloc byte[StatusLength];
        data.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(data, StatusLength - sizeof(uint));
        data[4] = progress.State switch
        {
            CopyState.InForeground or CopyState.InBackground => 0,
            CopyState.Done => DoneLid1,
            _ => FailedLid1,
        };
        BinaryPrimitives.WriteUInt16BigEndian(data[5..], progress.Segments);
        // Bytes, KiB, MiB or GiB, whatever lets the count fit.
        int power = Math.Max(0, 64 - BitOperations.LeadingZeroCount(progress.Bytes) - 32 + 9) / 10;
        data[7] = (byte)power;
        BinaryPrimitives.WriteUInt32BigEndian(data[8..], (uint)(progress.Bytes >> (10 * power)));
        return ParameterData.Answer(command, data);
    }

    public static ValueTask RunFailureDetails(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (Find(device, command, command.Cdb[2]) is not { } operation || operation.IsRunning)
        {
            return Unknown(command);
        }

        SenseData? sense = operation.Progress.Sense;
        Span<byte> data = stackalloc byte[FailureHeader + SenseData.MaxLength];
        data.Clear();
        int length = sense is { } why ? why.Write(data[FailureHeader..], command.Unit!.DescriptorSense) : 0;
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)(FailureHeader - sizeof(uint) + length));
        data[56] = (byte)(sense is null ? ScsiStatus.Good : ScsiStatus.CheckCondition);
        BinaryPrimitives.WriteUInt16BigEndian(data[58..], (ushort)length);
        return ParameterData.Answer(command, data[..(FailureHeader + length)]);
    }

    public static ValueTask RunStatusLid4(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (Find(device, command, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[2..])) is not { } operation)
        {
            return Unknown(command);
        }

        Span<byte> data = stackalloc byte[LongHeader + SenseData.MaxLength];
        data.Clear();
        int length = WriteLong(command.Unit!, operation, data, CountsBytes);
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)length - sizeof(uint));
        return ParameterData.Answer(command, data[..length]);
    }

    public static ValueTask RunTokenInformation(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        CopyOperation? operation = Find(device, command, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[2..]));
        if (operation is not { ServiceAction: ServiceAction.PopulateToken or ServiceAction.WriteUsingToken })
        {
            return Unknown(command);
        }

        Span<byte> data = stackalloc byte[LongHeader + SenseData.MaxLength + 6 + RodToken.Length];
        data.Clear();
        int length = WriteLong(command.Unit!, operation, data, CountsBlocks);
        // ROD TOKEN DESCRIPTORS LENGTH, then an identifier of two bytes, which is zero, and the token.
        int descriptor = operation.Token is { } token ? 2 + token.Length : 0;
        BinaryPrimitives.WriteUInt32BigEndian(data[length..], (uint)descriptor);
        operation.Token.AsSpan().CopyTo(data[(length + 6)..]);
        length += sizeof(uint) + descriptor;
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)length - sizeof(uint));
        return ParameterData.Answer(command, data[..length]);
    }

    /// <summary>What the two commands with long identifiers share, but for AVAILABLE DATA.</summary>
    private static int WriteLong(LogicalUnit unit, CopyOperation operation, Span<byte> data, byte counts)
    {
        CopyProgress progress = operation.Progress;
        bool isRunning = progress.State is CopyState.InForeground or CopyState.InBackground;
        int sense = progress.Sense is { } why ? why.Write(data[LongHeader..], unit.DescriptorSense) : 0;
        data[4] = operation.ServiceAction;
        data[5] = (byte)progress.State;
        BinaryPrimitives.WriteUInt16BigEndian(data[6..], progress.Counter);
        BinaryPrimitives.WriteUInt32BigEndian(data[8..], isRunning ? UpdateDelayMilliseconds : uint.MaxValue);
        data[12] = (byte)(progress.Sense is null ? ScsiStatus.Good : ScsiStatus.CheckCondition);
        data[13] = (byte)sense;
        data[14] = (byte)sense;
        data[15] = counts;
        BinaryPrimitives.WriteUInt64BigEndian(data[16..], counts == CountsBlocks ? progress.Bytes / unit.Traits.BlockBytes : progress.Bytes);
        BinaryPrimitives.WriteUInt16BigEndian(data[24..], progress.Segments);
        return LongHeader + sense;
    }

    private static CopyOperation? Find(ScsiTargetDevice device, ScsiCommand command, uint identifier) =>
        device.Copies.Lists.Find(command.Nexus, command.Unit!, identifier);

    private static ValueTask Unknown(ScsiCommand command)
    {
        MediumResult.Refuse(command, Sense.InvalidFieldInCdb(2));
        return default;
    }
}
