namespace Blockwire.Scsi.Device.Tests.Reservations;

/// <summary>
/// Goal: the conflict tables of SPC-4 §5.13.1 and SBC-3 §4.17, and what is between persistent reservations and RESERVE. Method: the tables once more, as text, and a command of
/// each of their classes.
/// </summary>
public sealed class ConflictTests
{
    // Y runs, N conflicts; for the types WE EA WERO EARO WEAR EAAR, from a nexus that is not registered, then from one that is and did not reserve.
    [Theory]
    [InlineData("READ(10)", "YNYNYN", "YNYYYY")]
    [InlineData("VERIFY(16)", "YNYNYN", "YNYYYY")]
    [InlineData("GET LBA STATUS", "YNYNYN", "YNYYYY")]
    [InlineData("MODE SENSE(6)", "YNYNYN", "YNYYYY")]
    [InlineData("REPORT SUPPORTED OPERATION CODES", "YNYNYN", "YNYYYY")]
    [InlineData("WRITE(10)", "NNNNNN", "NNYYYY")]
    [InlineData("WRITE SAME(16)", "NNNNNN", "NNYYYY")]
    [InlineData("UNMAP", "NNNNNN", "NNYYYY")]
    [InlineData("WRITE AND VERIFY(10)", "NNNNNN", "NNYYYY")]
    [InlineData("SYNCHRONIZE CACHE(10)", "NNNNNN", "NNYYYY")]
    [InlineData("PRE-FETCH(10)", "YNYNYN", "YNYYYY")]
    [InlineData("POPULATE TOKEN", "YNYNYN", "YNYYYY")]
    [InlineData("RECEIVE COPY OPERATING PARAMETERS", "YNYNYN", "YNYYYY")]
    [InlineData("REPORT ALL ROD TOKENS", "YNYNYN", "YNYYYY")]
    [InlineData("COMPARE AND WRITE", "NNNNNN", "NNYYYY")]
    [InlineData("ORWRITE(16)", "NNNNNN", "NNYYYY")]
    [InlineData("WRITE ATOMIC(16)", "NNNNNN", "NNYYYY")]
    [InlineData("EXTENDED COPY(LID1)", "NNNNNN", "NNYYYY")]
    [InlineData("WRITE USING TOKEN", "NNNNNN", "NNYYYY")]
    [InlineData("TEST UNIT READY", "YYYYYY", "YYYYYY")]
    [InlineData("INQUIRY", "YYYYYY", "YYYYYY")]
    [InlineData("REPORT LUNS", "YYYYYY", "YYYYYY")]
    [InlineData("REQUEST SENSE", "YYYYYY", "YYYYYY")]
    [InlineData("READ CAPACITY(16)", "YYYYYY", "YYYYYY")]
    [InlineData("PERSISTENT RESERVE IN, READ KEYS", "YYYYYY", "YYYYYY")]
    [InlineData("PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY", "YYYYYY", "YYYYYY")]
    [InlineData("RESERVE(6)", "NNNNNN", "NNYYYY")]
    [InlineData("RELEASE(10)", "NNNNNN", "NNYYYY")]
    public void A_command_beside_a_persistent_reservation(string name, string unregistered, string registered)
    {
        CommandSpec row = CommandTable.Thin.Rows.Single(row => row.Name == name);
        (byte[] cdb, byte[] data) = GoodExamples.For(row);
        ReservationType[] types = [Pr.WE, Pr.EA, Pr.WERO, Pr.EARO, Pr.WEAR, Pr.EAAR];
        for (int i = 0; i < types.Length; i++)
        {
            Rig rig = new();
            rig.Register(rig.First, 1);
            rig.Reserve(rig.First, 1, types[i]);
            Check(rig.Run(rig.Second, cdb, data), unregistered[i], $"{types[i]} not registered");
            rig.Register(rig.Second, 2);
            Check(rig.Run(rig.Second, cdb, data), registered[i], $"{types[i]} registered");
            Check(rig.Run(rig.First, cdb, data), 'Y', $"{types[i]} holder");
        }
    }

    [Theory]
    [InlineData(Pr.EA)]
    [InlineData(Pr.WEAR)]
    public void Permitting_removal_and_starting_are_for_everybody(ReservationType type)
    {
        Rig rig = new(removable: true);
        rig.Register(rig.First, 1);
        rig.Reserve(rig.First, 1, type);
        rig.Run(rig.Second, Cdbs.Prevent(0)).ShouldBeGood();
        rig.Run(rig.Second, Cdbs.Prevent(1)).ShouldConflict();
        rig.Run(rig.Second, Cdbs.StartStop(1)).ShouldBeGood();
        rig.Run(rig.Second, Cdbs.StartStop(0)).ShouldConflict();
        rig.Run(rig.Second, Cdbs.StartStop(3)).ShouldConflict();
    }

    [Theory]
    [InlineData(ReservationAction.Reserve)]
    [InlineData(ReservationAction.RegisterAndMove)]
    public void Registered_nexuses_cannot_take_a_reservation_without_preempting(ReservationAction action)
    {
        Rig rig = new();
        rig.Register(rig.First, 1);
        rig.Register(rig.Second, 2);
        rig.Reserve(rig.First, 1, Pr.WERO);
        byte[] list = action == ReservationAction.Reserve ? new ReservationParameters(2).ToArray() : new ReservationParameters(2, 3).ToMoveArray("iqn.x:y,i,0x000000000001", 1, false);
        rig.Send(rig.Second, action, list, Pr.WERO).ShouldConflict();
    }

    [Fact]
    public void RESERVE_of_who_shares_the_reservation_ends_well_and_reserves_nothing()
    {
        Rig rig = new();
        rig.Register(rig.First, 1);
        rig.Register(rig.Second, 2);
        rig.Reserve(rig.First, 1, Pr.WERO);
        foreach (byte op in new[] { OperationCode.Reserve6, OperationCode.Release6 })
        {
            rig.Run(rig.Second, [op, 0, 0, 0, 0, 0]).ShouldBeGood();
            rig.Run(rig.First, Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
            Assert.Equal(Pr.WERO, rig.Reservation().Type);
        }
    }

    [Fact]
    public void RESERVE_conflicts_as_soon_as_somebody_is_registered()
    {
        Rig rig = new();
        rig.Register(rig.First, 1);
        foreach (Nexus nexus in new[] { rig.First, rig.Second })
        {
            rig.Run(nexus, [OperationCode.Reserve6, 0, 0, 0, 0, 0]).ShouldConflict();
            rig.Run(nexus, [OperationCode.Release6, 0, 0, 0, 0, 0]).ShouldConflict();
        }
    }

    [Fact]
    public void Beside_RESERVE_nobody_registers()
    {
        Rig rig = new();
        rig.Run(rig.First, [OperationCode.Reserve6, 0, 0, 0, 0, 0]).ShouldBeGood();
        foreach (Nexus nexus in new[] { rig.First, rig.Second })
        {
            rig.Do(nexus, ReservationAction.Register, 0, 1).ShouldConflict();
            rig.Run(nexus, Pr.InCdb(ServiceAction.ReadKeys)).ShouldConflict();
        }
    }

    private static void Check(Outcome outcome, char wanted, string what) =>
        Assert.True((outcome.Status == ScsiStatus.Good) == (wanted == 'Y') && outcome.Sense is null, $"{what}: {outcome.Status} {outcome.Sense}");
}
