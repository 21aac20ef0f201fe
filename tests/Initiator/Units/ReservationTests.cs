using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;

namespace Blockwire.Initiator.Tests.Units;

/// <summary>Goal: every action on persistent reservations and every copy goes out as SPC-4 has it, and once. Method: scripted answers, and what was sent.</summary>
public sealed class ReservationTests
{
    private ScsiRequest _seen;

    public static TheoryData<byte, byte, string> Actions => new()
    {
        { 0, 0, "0000000000000001" + "0000000000000002" + "0000000004000000" },
        { 6, 0, "0000000000000000" + "0000000000000002" + "0000000001000000" },
        { 1, 5, "0000000000000001" + "0000000000000000" + "0000000000000000" },
        { 2, 5, "0000000000000001" + "0000000000000000" + "0000000000000000" },
        { 3, 0, "0000000000000001" + "0000000000000000" + "0000000000000000" },
        { 4, 1, "0000000000000001" + "0000000000000002" + "0000000000000000" },
        { 5, 1, "0000000000000001" + "0000000000000002" + "0000000000000000" },
        { 7, 0, "0000000000000001" + "0000000000000002" + "0002000300000018" },
        { 8, 3, "0000000000000000" + "0000000000000002" + "0000000000000000" },
    };

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Actions_go_out_once(byte action, byte type, string list)
    {
        await using UnitRig rig = new();
        PersistentReservations reservations = (await OpenAsync(rig, ScriptedExecutor.Good())).Reservations;
        ReservationType kind = (ReservationType)type;
        await ((ReservationAction)action switch
        {
            ReservationAction.Register => reservations.RegisterAsync(1, 2, allTargetPorts: true),
            ReservationAction.RegisterAndIgnoreExistingKey => reservations.RegisterAndIgnoreExistingKeyAsync(2, persistThroughPowerLoss: true),
            ReservationAction.Reserve => reservations.ReserveAsync(1, kind),
            ReservationAction.Release => reservations.ReleaseAsync(1, kind),
            ReservationAction.Clear => reservations.ClearAsync(1),
            ReservationAction.Preempt => reservations.PreemptAsync(1, 2, kind),
            ReservationAction.PreemptAndAbort => reservations.PreemptAsync(1, 2, kind, abort: true),
            ReservationAction.RegisterAndMove => reservations.RegisterAndMoveAsync(1, 2, "iqn.a", 3, unregister: true),
            _ => reservations.ReplaceLostAsync(2, kind),
        });

        Assert.Equal((OperationCode.PersistentReserveOut, action, type), (_seen.Cdb[0], _seen.Cdb[1], _seen.Cdb[2]));
        Assert.Equal(list, Convert.ToHexString(_seen.DataOut.Span[..24]));
        Assert.Equal((_seen.DataOut.Length, Repeat.OnlyIfNotRun), ((_seen.Cdb[7] << 8) + _seen.Cdb[8], _seen.Repeat));
    }

    [Fact]
    public async Task What_is_there_can_be_read()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = static request =>
        {
            string answer = request.Cdb[1] switch
            {
                ServiceAction.ReadKeys => "0000000100000008" + "00000000000000AA",
                ServiceAction.ReadReservation => "0000000100000010" + "00000000000000AA" + "0000000000060000",
                ServiceAction.ReportCapabilities => "0008008002000000",
                _ => "0000000100000000",
            };
            Convert.FromHexString(answer).CopyTo(request.DataIn);
            return new(ScriptedExecutor.Good(answer.Length / 2));
        };

        Assert.Equal([0xAAul], (await unit.Reservations.ReadKeysAsync()).Keys);
        Assert.Equal(ReservationType.ExclusiveAccessRegistrantsOnly, (await unit.Reservations.ReadReservationAsync()).Type);
        Assert.Equal([ReservationType.WriteExclusive], (await unit.Reservations.ReadCapabilitiesAsync()).Types);
        Assert.Empty(await unit.Reservations.ReadFullStatusAsync());
    }

    [Fact]
    public async Task A_conflict_says_what_to_do()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await OpenAsync(rig, new ScsiResult(ScsiStatus.ReservationConflict, 0));
        ScsiException conflict = await Assert.ThrowsAsync<ScsiException>(async () => await unit.Reservations.ReserveAsync(1, ReservationType.WriteExclusive));

        Assert.Equal(
            "disk: PERSISTENT RESERVE OUT, RESERVE failed: RESERVATION CONFLICT; another initiator has reserved the unit: "
            + "look at its persistent reservations, register, or wait",
            conflict.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Copies_go_out_once(bool longListIdentifier)
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await OpenAsync(rig, ScriptedExecutor.Good());
        CopyParameters copy = new(1, [unit.AsCopyDisk()], [new CopySegment(0, 0, 8, 0, 100)]);
        await unit.CopyAsync(copy, longListIdentifier);

        Assert.Equal((OperationCode.ExtendedCopy, longListIdentifier ? 1 : 0, Repeat.OnlyIfNotRun), (_seen.Cdb[0], _seen.Cdb[1], _seen.Repeat));
        Assert.Equal(longListIdentifier ? copy.ToArray4() : copy.ToArray1(), _seen.DataOut.ToArray());
        Assert.Equal(copy.Segments[0], CopySegment.Read(_seen.DataOut.Span[^CopySegment.Length..]));
    }

    [Fact]
    public async Task Limits_of_copies_can_be_read()
    {
        await using UnitRig rig = new();
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = static request =>
        {
            request.DataIn.Span[11] = 5;
            return new(ScriptedExecutor.Good(44));
        };

        Assert.Equal(5, (await unit.ReadCopyLimitsAsync()).MaximumSegments);
    }

    private async Task<LogicalUnit> OpenAsync(UnitRig rig, ScsiResult answer)
    {
        LogicalUnit unit = await rig.OpenAsync();
        rig.Executor.Answer = request =>
        {
            _seen = request;
            return new(answer);
        };
        return unit;
    }
}
