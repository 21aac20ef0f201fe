using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Work;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// SANITIZE (SBC-3 §5.24): OVERWRITE, BLOCK ERASE and EXIT FAILURE MODE. There is no key to forget, so no CRYPTOGRAPHIC ERASE. A BLOCK ERASE makes all blocks read as
/// zeros and gives their space back where the disk can; what becomes of the bytes below is the backend's to say.
/// </summary>
internal static class SanitizeCommands
{
    private const byte Immediate = 0x80;
    private const byte AllowUnrestrictedExit = 0x20;
    private const byte InvertBit = 0x80;
    private const byte CountMask = 0x1F;
    private const int ListHeader = 4;

    public static SenseData? PlanOverwrite(ScsiCommand command)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[7..]);
        if (length <= ListHeader || length > ListHeader + command.Unit!.Traits.BlockBytes)
        {
            return Sense.InvalidFieldInCdb(7);
        }

        command.DataOutWanted = (uint)length;
        return WhyNotNow(command);
    }

    public static SenseData? PlanWithoutList(ScsiCommand command) =>
        BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[7..]) != 0 ? Sense.InvalidFieldInCdb(7) : WhyNotNow(command);

    public static ValueTask RunOverwrite(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> list = command.DataOut.Span;
        if (list.Length < (int)command.DataOutWanted)
        {
            MediumResult.Refuse(command, Sense.ParameterListLengthError);
            return default;
        }

        int count = list[0] & CountMask;
        int length = BinaryPrimitives.ReadUInt16BigEndian(list[2..]);
        SenseData? refusal = (list[0] & 0x60) != 0 ? Sense.InvalidFieldInParameterList(0, 6)
            : count == 0 ? Sense.InvalidFieldInParameterList(0, 4)
            : list[1] != 0 ? Sense.InvalidFieldInParameterList(1)
            : length == 0 || length > command.Unit!.Traits.BlockBytes ? Sense.InvalidFieldInParameterList(2)
            : length > list.Length - ListHeader ? Sense.ParameterListLengthError
            : null;
        if (refusal is { } sense)
        {
            MediumResult.Refuse(command, sense);
            return default;
        }

        byte[] pattern = list.Slice(ListHeader, length).ToArray();
        bool invert = (list[0] & InvertBit) != 0;
        return BeginAsync(command, new(MediumOperationKind.SanitizeOverwrite, pattern, count, invert, AllowsExit(command)), cancellationToken);
    }

    public static ValueTask RunBlockErase(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken) =>
        BeginAsync(command, new(MediumOperationKind.SanitizeBlockErase, [], AllowsExit: AllowsExit(command)), cancellationToken);

    public static async ValueTask RunExitFailureMode(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        try
        {
            bool mayExit = await command.Unit!.Work.TryExitFailureAsync().ConfigureAwait(false);
            FormatCommand.Finish(command, mayExit ? null : Sense.InvalidFieldInCdb(1, 4));
        }
        catch (UnitStateException failure)
        {
            StateResult.Refuse(command, failure);
        }
    }

    private static bool AllowsExit(ScsiCommand command) => (command.Cdb[1] & AllowUnrestrictedExit) != 0;

    // A failed sanitize does not stand against the next; one under way, or a format, does. One that failed in the restricted completion mode is left by the success of another alone, and
    // that must not open the way out which it closed (SBC-4 §4.11.1).
    private static SenseData? WhyNotNow(ScsiCommand command) => command.Unit!.Work.IsRunning ? command.Unit.Work.Refusal
        : AllowsExit(command) && command.Unit.Work.MustSucceed ? Sense.InvalidFieldInCdb(1, 5)
        : null;

    private static async ValueTask BeginAsync(ScsiCommand command, MediumOperation operation, CancellationToken cancellationToken)
    {
        MediumWork work = command.Unit!.Work;
        MediumRun? run;
        try
        {
            run = await work.TryBeginAsync(operation, command.Pool, command.Nexus).ConfigureAwait(false);
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

        if ((command.Cdb[1] & Immediate) != 0)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        // Neither an abort of the command nor the loss of its nexus ends the operation (SBC-3 §4.11).
        FormatCommand.Finish(command, await run.Outcome.WaitAsync(cancellationToken).ConfigureAwait(false));
    }
}
