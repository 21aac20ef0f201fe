namespace Blockwire.Scsi.Device.Tests.Multimedia;

/// <summary>Goal: the rules that all commands share hold for each row of a CD/DVD drive. Method: as <see cref="EveryCommandTests"/>, with a drive in the disk's place.</summary>
public sealed class EveryCdDvdCommandTests
{
    public static TheoryData<string> Names => [.. CommandTable.CdDvd.Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_good_command_ends_with_good(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Outcome outcome = Prepared(row).Run(cdb, data);
        outcome.ShouldBeGood();
        Assert.Equal(row.Has(CommandFlags.DataIn), outcome.DataIn.Length > 0);
        Assert.Equal(row.Has(CommandFlags.DataOut), outcome.DataOutWanted > 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_bit_that_is_not_honoured_is_refused_by_its_place(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Rig rig = Kept();
        for (int at = 1; at < row.Usage.Length; at++)
        {
            byte honoured = (byte)(row.Usage[at] | (at == 1 && row.ServiceAction is not null ? CommandTable.ServiceActionMask : 0));
            for (int bit = 0; bit < 8; bit++)
            {
                if ((honoured & 1 << bit) == 0)
                {
                    byte[] spoilt = [.. cdb];
                    spoilt[at] |= (byte)(1 << bit);
                    rig.Run(spoilt, data).ShouldBe(Sense.InvalidFieldInCdb(at, bit));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_short_cdb_is_refused_where_it_ends(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Rig rig = Kept();
        for (int length = row.ServiceAction is null ? 1 : 2; length < cdb.Length; length++)
        {
            rig.Run(cdb[..length], data).ShouldBe(Sense.InvalidFieldInCdb(length));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pending_unit_attention_goes_first(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Rig rig = Prepared(row);
        rig.Target.LogicalUnitReset(0, rig.Second);
        Outcome outcome = rig.Run(cdb, data);
        if (row.Has(CommandFlags.PassesUnitAttention))
        {
            outcome.ShouldBeGood();
        }
        else
        {
            outcome.ShouldBe(Sense.BusDeviceReset);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_medium_no_medium_access(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Rig ejected = Prepared(row, Kept());
        ejected.Run(Cdbs.StartStop(2)).ShouldBeGood();
        foreach ((Rig rig, SenseData sense) in new[] { (ejected, new SenseData(SenseKey.NotReady, 0x3A, 0x02)), (Prepared(row, Cd.Rig(state: new FakeStateStore(), empty: true)), new(SenseKey.NotReady, 0x3A, 0x01)) })
        {
            Outcome outcome = rig.Run(cdb, data);
            if (row.Has(CommandFlags.NeedsMedium) || row.OperationCode == OperationCode.StartStopUnit)
            {
                outcome.ShouldBe(sense);
            }
            else
            {
                outcome.ShouldBeGood();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_reservation_of_another_nexus_stands_against_it(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Rig rig = Kept();
        rig.Run(rig.Second, [OperationCode.Reserve6, 0, 0, 0, 0, 0]).ShouldBeGood();
        Outcome other = rig.Run(rig.First, cdb, data);
        if (row.Reservation is ReservationRule.Allowed or ReservationRule.AllowedToPermitRemoval or ReservationRule.AllowedToStart)
        {
            other.ShouldBeGood();
        }
        else
        {
            Assert.Equal(ScsiStatus.ReservationConflict, other.Status);
        }
    }

    [Fact]
    public void What_a_disk_has_beside_is_unknown()
    {
        Rig rig = Cd.Rig();
        HashSet<byte> known = [.. CommandTable.CdDvd.Rows.Select(row => row.OperationCode)];
        for (int op = 0; op < 256; op++)
        {
            if (!known.Contains((byte)op))
            {
                rig.Run([(byte)op, .. new byte[15]]).ShouldBe(Sense.InvalidOpcode);
            }
        }

        Assert.DoesNotContain(OperationCode.Write10, known);
        Assert.DoesNotContain(OperationCode.ServiceActionIn16, known);
        Assert.DoesNotContain(OperationCode.MaintenanceIn, known);
    }

    private static Rig Kept() => Cd.Rig(state: new FakeStateStore());

    private static Rig Prepared(CommandSpec row, Rig? rig = null)
    {
        rig ??= Kept();
        GoodExamples.Prepare(rig, row);
        return rig;
    }

    private static (CommandSpec Row, byte[] Cdb, byte[] DataOut) Example(string name)
    {
        CommandSpec row = CommandTable.CdDvd.Rows.Single(row => row.Name == name);
        (byte[] cdb, byte[] data) = Cd.GoodExample(row);
        return (row, cdb, data);
    }
}
