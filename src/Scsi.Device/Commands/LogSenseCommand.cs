using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Logs;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>LOG SENSE (SPC-4 §6.8). Log parameters are not saved, so SP is refused and DS is set.</summary>
internal static class LogSenseCommand
{
    private const byte PageCodeMask = 0x3F;
    private const byte DisableSave = 0x80;
    private const byte SubpageFormat = 0x40;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        byte code = (byte)(cdb[2] & PageCodeMask);
        if (LogPages.Find(command.Unit!, code, cdb[3]) is null)
        {
            return cdb[3] != 0 && LogPages.Find(command.Unit!, code, 0) is not null ? Sense.InvalidFieldInCdb(3) : Sense.InvalidFieldInCdb(2, 5);
        }

        SenseData? refusal = ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]));
        command.CompletesInline = !PageOf(command).NeedsSpace;
        return refusal;
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken) =>
        PageOf(command).NeedsSpace ? AskAndAnswer(command, cancellationToken) : Answer(command);

    private static async ValueTask AskAndAnswer(ScsiCommand command, CancellationToken cancellationToken)
    {
        await command.Unit!.Provisioning.RefreshAsync(cancellationToken).ConfigureAwait(false);
        await Answer(command).ConfigureAwait(false);
    }

    private static LogPage PageOf(ScsiCommand command) => LogPages.Find(command.Unit!, (byte)(command.Cdb[2] & PageCodeMask), command.Cdb[3])!;

    private static ValueTask Answer(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        ushort pointer = BinaryPrimitives.ReadUInt16BigEndian(cdb[5..]);
        LogPage page = PageOf(command);
        Span<byte> data = stackalloc byte[ParameterData.Most];
        data.Clear();
        LogParameterWriter parameters = new(data, pointer, (LogValues)(cdb[2] >> 6));
        page.Write(command.Unit!, ref parameters);
        if (pointer > Math.Max(parameters.HighestCode, 0))
        {
            // A pointer behind the last parameter (SPC-4 §6.8).
            MediumResult.Refuse(command, Sense.InvalidFieldInCdb(5));
            return default;
        }

        data[0] = (byte)(page.Code | DisableSave | (page.Subpage != 0 ? SubpageFormat : 0));
        data[1] = page.Subpage;
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)(parameters.Length - LogParameterWriter.HeaderLength));
        return ParameterData.Answer(command, data[..parameters.Length]);
    }
}
