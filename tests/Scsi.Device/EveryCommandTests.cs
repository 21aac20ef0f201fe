namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: the rules that all commands share hold for each row of the table. Method: a good example of every row, spoilt in one way at a time. A row
/// without an example fails, so no command is without a test.
/// </summary>
public sealed class EveryCommandTests
{
    public static TheoryData<string> Names => [.. CommandTable.Thin.Rows.Select(row => row.Name)];

    public static TheoryData<string> BlockNames => [.. CommandTable.Thin.Rows.Where(GoodExamples.IsBlockCommand).Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_good_command_ends_with_good(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Outcome outcome = Prepared(row).Run(cdb, data);
        outcome.ShouldBeGood();
        Assert.Equal(row.Has(CommandFlags.DataIn), outcome.DataIn.Length > 0);
        if (!row.Has(CommandFlags.DataOut))
        {
            Assert.Equal(0u, outcome.DataOutWanted);
        }
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
    public void A_longer_cdb_is_padding(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Prepared(row).Run([.. cdb, .. new byte[4]], data).ShouldBeGood();
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
            if (row.OperationCode == OperationCode.RequestSense)
            {
                Assert.Equal(Sense.BusDeviceReset, SenseData.Parse(outcome.DataIn));
                rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
                return;
            }
        }
        else
        {
            outcome.ShouldBe(Sense.BusDeviceReset);
            rig.Run(rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
            rig.Ready(row).Run(cdb, data).ShouldBeGood();
            return;
        }

        rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_reservation_of_another_nexus_stands_against_it(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Rig rig = Kept().Ready(row);
        rig.Run(rig.Second, [OperationCode.Reserve6, 0, 0, 0, 0, 0]).ShouldBeGood();
        Outcome other = rig.Run(rig.First, cdb, data);
        if (row.Reservation is not (ReservationRule.Allowed or ReservationRule.AllowedToPermitRemoval or ReservationRule.AllowedToStart))
        {
            Assert.Equal(ScsiStatus.ReservationConflict, other.Status);
            Assert.Equal(0u, other.DataOutWanted);
        }
        else
        {
            other.ShouldBeGood();
        }

        Outcome own = rig.Run(rig.Second, cdb, data);
        Assert.Equal(row.Reservation == ReservationRule.OnlyPersistent ? ScsiStatus.ReservationConflict : ScsiStatus.Good, own.Status);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_lun_without_unit_answers_only_three_commands(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Rig rig = Kept();
        Outcome outcome = rig.Run(rig.First, cdb, data, lun: LunFormat.Encode(7));
        if (row.OperationCode is OperationCode.Inquiry or OperationCode.ReportLuns or OperationCode.RequestSense)
        {
            outcome.ShouldBeGood();
        }
        else
        {
            outcome.ShouldBe(Sense.LogicalUnitNotSupported);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_read_only_disk_refuses_changes(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        Outcome outcome = Prepared(row, new Rig(new FakeDisk(readOnly: true), state: new FakeStateStore())).Run(cdb, data);
        if (row.Has(CommandFlags.ChangesMedium))
        {
            outcome.ShouldBe(Sense.WriteProtected);
        }
        else
        {
            outcome.ShouldBeGood();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_medium_or_stopped_no_medium_access(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = Example(name);
        foreach ((byte how, SenseData sense) in new[] { ((byte)2, Sense.MediumNotPresentTrayOpen), ((byte)0, Sense.InitializingCommandRequired) })
        {
            Rig rig = Prepared(row, new Rig(removable: how == 2, state: new FakeStateStore()));
            rig.Run(Cdbs.StartStop(how)).ShouldBeGood();
            Outcome outcome = rig.Run(cdb, data);
            if (row.Has(CommandFlags.NeedsMedium) || (row.OperationCode == OperationCode.StartStopUnit && how == 2))
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
    [MemberData(nameof(BlockNames))]
    public void A_range_that_leaves_the_medium_is_refused(string name)
    {
        (CommandSpec row, _, byte[] data) = Example(name);
        Rig rig = Kept();
        byte op = row.OperationCode;
        rig.Run(Cdbs.Block(op, 1023, 1), data).ShouldBeGood();
        rig.Run(Cdbs.Block(op, 1023, 2), data).ShouldBe(Sense.LbaOutOfRange(1024));
        rig.Run(Cdbs.Block(op, 1025, 1), data).ShouldBe(Sense.LbaOutOfRange(1025));
        if (op >> 5 == 0)
        {
            // A six-byte length of zero is 256 blocks.
            rig.Run(Cdbs.Block(op, 800, 0), data).ShouldBe(Sense.LbaOutOfRange(1024));
            return;
        }

        rig.Run(Cdbs.Block(op, 1025, 0), data).ShouldBe(Sense.LbaOutOfRange(1025));
        rig.Run(Cdbs.Block(op, uint.MaxValue, 0), data).ShouldBe(Sense.LbaOutOfRange(uint.MaxValue));
        if (op >> 5 == 4)
        {
            rig.Run(Cdbs.Sixteen(op, ulong.MaxValue, uint.MaxValue), data).ShouldBe(new SenseData(SenseKey.IllegalRequest, 0x21, 0));
        }
    }

    [Theory]
    [MemberData(nameof(BlockNames))]
    public void A_length_of_zero_moves_nothing(string name)
    {
        (CommandSpec row, _, byte[] data) = Example(name);
        if (row.OperationCode >> 5 == 0)
        {
            Assert.Equal(256u, BlockCdb.Read(Cdbs.Block(row.OperationCode, 0, 0)).BlockCount);
            return;
        }

        Rig rig = Kept();
        Outcome outcome = rig.Run(Cdbs.Block(row.OperationCode, 1024, 0), data);
        if (row.OperationCode is OperationCode.WriteSame10 or OperationCode.WriteSame16)
        {
            outcome.ShouldBe(Sense.InvalidFieldInCdb(row.OperationCode == OperationCode.WriteSame10 ? 7 : 10));
        }
        else
        {
            outcome.ShouldBeGood();
            Assert.Equal((0, 0u), (outcome.DataIn.Length, outcome.DataOutWanted));
        }

        Assert.Equal(0, rig.Disk.Writes);
    }

    private static Rig Kept() => new(state: new FakeStateStore());

    private static Rig Prepared(CommandSpec row, Rig? rig = null)
    {
        rig ??= Kept();
        GoodExamples.Prepare(rig, row);
        return rig;
    }

    private static (CommandSpec Row, byte[] Cdb, byte[] DataOut) Example(string name)
    {
        CommandSpec row = CommandTable.Thin.Rows.Single(row => row.Name == name);
        (byte[] cdb, byte[] data) = GoodExamples.For(row);
        return (row, cdb, data);
    }
}
