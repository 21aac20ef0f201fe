using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Upkeep;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// SEND DIAGNOSTIC (SPC-4 §6.42): self-tests, and of pages the list of supported pages alone. RECEIVE DIAGNOSTIC RESULTS (SPC-4 §6.27) gives that list.
/// DEVOFFL and UNITOFFL allow what no self-test here does.
/// </summary>
internal static class DiagnosticCommands
{
    private const byte SelfTest = 0x04;
    private const byte PageFormat = 0x10;
    private const int PageHeader = 4;

    public static SenseData? PlanSend(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        int code = cdb[1] >> 5;
        int length = BinaryPrimitives.ReadUInt16BigEndian(cdb[3..]);
        bool isDefault = (cdb[1] & SelfTest) != 0;
        if (code is 3 or 7 || (isDefault && code != 0))
        {
            return Sense.InvalidFieldInCdb(1, 7);
        }

        if (isDefault || code != 0)
        {
            // A self-test has no pages.
            return (cdb[1] & PageFormat) != 0 && !isDefault ? Sense.InvalidFieldInCdb(1, 4)
                : length != 0 ? Sense.InvalidFieldInCdb(3)
                : code is not (0 or SelfTests.AbortBackground) && command.Unit!.SelfTests.Progress is { } busy ? busy
                : null;
        }

        if (length > 0 && (cdb[1] & PageFormat) == 0)
        {
            return Sense.InvalidFieldInCdb(1, 4);
        }

        command.DataOutWanted = (uint)length;
        return null;
    }

    public static async ValueTask RunSend(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        SelfTests tests = command.Unit!.SelfTests;
        byte code = (byte)(command.Cdb[1] >> 5);
        SenseData? refusal = code switch
        {
            SelfTests.BackgroundShort or SelfTests.BackgroundExtended => tests.TryBegin(code) ? null : tests.Progress ?? Sense.SelfTestInProgress,
            SelfTests.AbortBackground => tests.TryAbort(SelfTests.AbortedByCommand) ? null : Sense.InvalidFieldInCdb(1, 7),
            _ => null,
        };
        if (code is SelfTests.ForegroundShort or SelfTests.ForegroundExtended || (command.Cdb[1] & SelfTest) != 0)
        {
            refusal = await tests.RunAsync(code, cancellationToken).ConfigureAwait(false) is null ? null : Sense.SelfTestFailed;
        }

        refusal ??= command.DataOutWanted > 0 ? CheckPage(command.DataOut.Span) : null;
        FormatCommand.Finish(command, refusal);
    }

    public static SenseData? PlanReceive(ScsiCommand command) =>
        (command.Cdb[1] & 1) != 0 && command.Cdb[2] != 0
            ? Sense.InvalidFieldInCdb(2)
            : ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[3..]));

    /// <summary>The list of supported diagnostic pages (SPC-4 §7.2.3), which is the only one.</summary>
    public static ValueTask RunReceive(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken) =>
        ParameterData.Answer(command, [0, 0, 0, 1, 0]);

    private static SenseData? CheckPage(ReadOnlySpan<byte> page) =>
        page.Length < PageHeader ? Sense.ParameterListLengthError
        : page[0] != 0 ? Sense.InvalidFieldInParameterList(0)
        : BinaryPrimitives.ReadUInt16BigEndian(page[2..]) != 0 ? Sense.InvalidFieldInParameterList(2)
        : null;
}
