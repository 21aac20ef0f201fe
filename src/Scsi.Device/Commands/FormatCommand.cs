using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Work;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// FORMAT UNIT (SBC-3 §5.2). Without initialization pattern every block reads as zeros afterwards and the space may be given back; with one every block is
/// written. There are no defects to manage: only empty defect lists are taken. Where the disk can keep protection information FMTPINFO and PROTECTION FIELD USAGE choose its
/// type; blocks have none at first (all ones). There is one protection information interval in a block.
/// </summary>
internal static class FormatCommand
{
    private const byte FormatData = 0x10;
    private const byte LongList = 0x20;
    private const byte DefectListFormat = 0x07;
    private const byte ProtectionUsage = 0x07;
    private const byte OptionsValid = 0x80;
    private const byte Options = 0x7C;
    private const byte InitializationPattern = 0x08;
    private const byte Immediate = 0x02;
    private const byte RepeatPattern = 0x01;
    private const int PatternHeader = 4;
    private const int LongHeader = 8;

    public static SenseData? Plan(ScsiCommand command)
    {
        LogicalUnit unit = command.Unit!;
        ReadOnlySpan<byte> cdb = command.Cdb;
        if (unit.Work.IsRunning || unit.Work.SanitizeFailed)
        {
            return unit.Work.Refusal;
        }

        if (FormatProtection(cdb) == 1)
        {
            return Sense.InvalidFieldInCdb(1, 7);
        }

        if ((cdb[1] & FormatData) == 0)
        {
            // Without a list LONGLIST and CMPLST are ignored, and its format has to be 0.
            return (cdb[1] & DefectListFormat) != 0 ? Sense.InvalidFieldInCdb(1, 2) : null;
        }

        // The CDB does not say how long the list is: what the initiator offers, up to the longest that makes sense.
        uint most = LongHeader + PatternHeader + unit.Traits.BlockBytes;
        command.DataOutWanted = Math.Min(command.DataOutOffered ?? most, most);
        return null;
    }

    public static async ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        bool immediate = false;
        byte[] pattern = [];
        if ((command.Cdb[1] & FormatData) != 0 && Read(command, out immediate, out pattern) is { } refusal)
        {
            MediumResult.Refuse(command, refusal);
            return;
        }

        int usage = (command.Cdb[1] & FormatData) != 0 ? command.DataOut.Span[0] & ProtectionUsage : 0;
        if (TypeOf(FormatProtection(command.Cdb), usage) is not { } protection)
        {
            MediumResult.Refuse(command, Sense.InvalidFieldInParameterList(0, 2));
            return;
        }

        MediumWork work = command.Unit!.Work;
        MediumRun? run;
        try
        {
            run = await work.TryBeginAsync(new(MediumOperationKind.Format, pattern) { Protection = protection }, command.Pool, command.Nexus).ConfigureAwait(false);
        }
        catch (UnitStateException failure)
        {
            StateResult.Refuse(command, failure);
            return;
        }

        if (run is null)
        {
            MediumResult.Refuse(command, work.Refusal ?? Sense.NotReady);
            return;
        }

        if (immediate)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        // A format that is aborted leaves the medium neither old nor new, and says so until the next one.
        await using (cancellationToken.UnsafeRegister(static work => ((MediumWork)work!).StopFormat(), work).ConfigureAwait(false))
        {
            Finish(command, await run.Outcome.ConfigureAwait(false));
        }
    }

    /// <summary>Ends a command with what became of its operation.</summary>
    public static void Finish(ScsiCommand command, SenseData? outcome)
    {
        if (outcome is { } failure)
        {
            MediumResult.Refuse(command, failure);
        }
        else
        {
            command.Complete(ScsiStatus.Good);
        }
    }

    /// <summary>FMTPINFO; a bit of it that is set where no protection information can be kept has been refused by then.</summary>
    private static int FormatProtection(ReadOnlySpan<byte> cdb) => cdb[1] >> 6;

    /// <summary>What FMTPINFO and PROTECTION FIELD USAGE say together (SBC-3 §5.3.2, with all types supported); null when that is nothing.</summary>
    private static ProtectionType? TypeOf(int formatProtection, int usage) => (formatProtection, usage) switch
    {
        (0, 0) => ProtectionType.None,
        (2, 0) => ProtectionType.Type1,
        (3, 0) => ProtectionType.Type2,
        (3, 1) => ProtectionType.Type3,
        _ => null,
    };

    private static SenseData? Read(ScsiCommand command, out bool immediate, out byte[] pattern)
    {
        (immediate, pattern) = (false, []);
        ReadOnlySpan<byte> list = command.DataOut.Span;
        bool isLong = (command.Cdb[1] & LongList) != 0;
        int header = isLong ? LongHeader : 4;
        if (list.Length < header)
        {
            return Sense.ParameterListLengthError;
        }

        immediate = (list[1] & Immediate) != 0;
        uint defects = isLong ? BinaryPrimitives.ReadUInt32BigEndian(list[4..]) : BinaryPrimitives.ReadUInt16BigEndian(list[2..]);
        SenseData? refusal = (list[0] & ~ProtectionUsage) != 0 ? Sense.InvalidFieldInParameterList(0)
            : (list[1] & OptionsValid) == 0 && (list[1] & Options) != 0 ? Sense.InvalidFieldInParameterList(1, 6)
            : (list[1] & 0x05) != 0 ? Sense.InvalidFieldInParameterList(1, 2)
            : isLong && list[3] != 0 ? Sense.InvalidFieldInParameterList(3)
            : defects != 0 ? Sense.InvalidFieldInParameterList(isLong ? 4 : 2)
            : null;
        return refusal ?? ((list[1] & InitializationPattern) != 0 ? ReadPattern(list, header, command.Unit!.Traits.BlockBytes, out pattern) : null);
    }

    /// <summary>Initialization pattern descriptor (SBC-3 §5.2.2.3).</summary>
    private static SenseData? ReadPattern(ReadOnlySpan<byte> list, int at, uint blockBytes, out byte[] pattern)
    {
        pattern = [];
        ReadOnlySpan<byte> descriptor = list[at..];
        if (descriptor.Length < PatternHeader)
        {
            return Sense.ParameterListLengthError;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(descriptor[2..]);
        bool repeats = descriptor[1] == RepeatPattern;
        if (descriptor[0] != 0 || descriptor[1] > RepeatPattern)
        {
            return Sense.InvalidFieldInParameterList(descriptor[0] != 0 ? at : at + 1);
        }

        if (repeats ? length == 0 || length > blockBytes : length != 0)
        {
            return Sense.InvalidFieldInParameterList(at + 2);
        }

        if (length > descriptor.Length - PatternHeader)
        {
            return Sense.ParameterListLengthError;
        }

        pattern = descriptor.Slice(PatternHeader, length).ToArray();
        return null;
    }
}
