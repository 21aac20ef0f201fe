namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: target port groups are told, set and obeyed (SPC-4 §5.11, §6.37, §6.45). Method: two ports in two groups, a nexus through each.</summary>
public sealed class PortGroupTests
{
    private readonly Rig _rig = new(ports: [new(1, 1), new(2, 2)]);
    private readonly Nexus _other;

    public PortGroupTests() => _other = _rig.Attach(_rig.First.InitiatorName, 7, port: 2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_report_has_every_group_with_its_ports(bool extended)
    {
        _rig.Target.SetAccessState(2, AccessState.Standby, preferred: true);
        byte[] data = _rig.Run(_rig.Attach("iqn.x:r", 1), PrimaryCdbs.ReportTargetPortGroups(4096, extended).AsSpan.ToArray()).DataIn;

        Assert.Equal((uint)data.Length, TargetPortGroup.LengthOf(data));
        IReadOnlyList<TargetPortGroup> groups = TargetPortGroup.ParseAll(data)!;
        Assert.Equal([((ushort)1, AccessState.ActiveOptimized, false, (byte)0), ((ushort)2, AccessState.Standby, true, (byte)2)], groups.Select(static it => (it.Group, it.State, it.Preferred, it.StatusCode)));
        Assert.Equal([1, 2], groups.SelectMany(static it => it.RelativePorts).Select(static it => (int)it));
        Assert.Equal(extended ? 0x10 : 0x00, data[4]);
        Assert.Equal(0xCF, data[extended ? 9 : 5]);
    }

    [Fact]
    public void An_unknown_format_of_the_report_is_refused()
    {
        byte[] cdb = PrimaryCdbs.ReportTargetPortGroups(4096).AsSpan.ToArray();
        cdb[1] |= 0x40;
        _rig.Run(cdb).ShouldBe(Sense.InvalidFieldInCdb(1));
    }

    [Fact]
    public void INQUIRY_tells_of_both_kinds_of_access_and_of_the_port()
    {
        Assert.Equal(3, StandardInquiryData.Parse(_rig.Run(_other, Cdbs.Inquiry()).DataIn)!.PortGroupSupport);
        IReadOnlyList<Designator> names = Designator.ParsePage(_rig.Run(_other, Cdbs.Inquiry(PageCodes.Vpd.DeviceIdentification, 4096)).DataIn)!;
        Assert.Equal((ushort?)2, Designator.FindNumber(names, DesignatorType.RelativeTargetPort));
        Assert.Equal((ushort?)2, Designator.FindNumber(names, DesignatorType.TargetPortGroup));
    }

    public static TheoryData<string> Names => [.. CommandTable.Thin.Rows.Select(row => row.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Each_state_serves_the_commands_that_it_serves(string name)
    {
        CommandSpec row = CommandTable.Thin.Rows.Single(row => row.Name == name);
        (byte[] cdb, byte[] data) = GoodExamples.For(row);
        (AccessState State, bool Serves, SenseData Sense)[] states =
        [
            (AccessState.ActiveNonOptimized, true, default),
            (AccessState.Standby, row.Has(CommandFlags.ServedInStandby) || row.Has(CommandFlags.ServedUnavailable), Sense.PortInStandby),
            (AccessState.Unavailable, row.Has(CommandFlags.ServedUnavailable), Sense.PortUnavailable),
            (AccessState.Transitioning, row.Has(CommandFlags.ServedUnavailable), Sense.PortInTransition),
            (AccessState.Offline, row.Has(CommandFlags.ServedUnavailable), Sense.UnitOffline),
        ];
        foreach ((AccessState state, bool serves, SenseData sense) in states)
        {
            Rig rig = new(state: new FakeStateStore(), ports: [new(1, 1), new(2, 2)]);
            GoodExamples.Prepare(rig, row);
            rig.Target.SetAccessState(1, state);
            rig.Run(Cdbs.RequestSense());
            Outcome outcome = rig.Run(cdb, data);
            if (serves)
            {
                outcome.ShouldBeGood();
            }
            else
            {
                outcome.ShouldBe(sense);
            }
        }
    }

    [Fact]
    public void A_host_learns_the_size_of_the_disk_through_a_port_in_standby()
    {
        _rig.Target.SetAccessState(1, AccessState.Standby);
        _rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.AccessStateChanged);
        _rig.Run(Cdbs.ReadCapacity16()).ShouldBeGood();
        _rig.Run(Cdbs.Ten(OperationCode.ReadCapacity10, 0, 0)).ShouldBeGood();
        _rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.PortInStandby);
    }

    [Fact]
    public void Through_the_other_group_everything_goes_on()
    {
        _rig.Target.SetAccessState(1, AccessState.Unavailable);
        _rig.Run(_other, Cdbs.TestUnitReady).ShouldBe(Sense.AccessStateChanged);
        _rig.Run(_other, Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
    }

    [Fact]
    public void Who_asks_for_a_change_hears_nothing_and_the_others_do()
    {
        Set(_rig.First, (1, AccessState.ActiveNonOptimized), (2, AccessState.Unavailable)).ShouldBeGood();

        Assert.Equal([(AccessState.ActiveNonOptimized, (byte)1), (AccessState.Unavailable, (byte)1)], _rig.Target.PortGroups.Select(static it => (it.State, it.StatusCode)));
        _rig.Run(_rig.First, Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.AccessStateChanged);
        _rig.Run(_other, Cdbs.TestUnitReady).ShouldBe(Sense.AccessStateChanged);
        _rig.Run(_other, Cdbs.TestUnitReady).ShouldBe(Sense.PortUnavailable);
        Set(_other, (2, AccessState.ActiveOptimized)).ShouldBeGood();
        _rig.Run(_other, Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void A_state_that_it_has_already_is_no_change()
    {
        Set(_rig.First, (2, AccessState.ActiveOptimized)).ShouldBeGood();
        _rig.Run(_other, Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void All_groups_change_or_none()
    {
        Set(_rig.First, (1, AccessState.Standby), (3, AccessState.Standby)).ShouldBe(Sense.InvalidFieldInParameterList(10));
        Set(_rig.First, (1, AccessState.Standby), (2, AccessState.Offline)).ShouldBe(Sense.InvalidFieldInParameterList(8, 3));
        Set(_rig.First, (1, AccessState.Transitioning)).ShouldBe(Sense.InvalidFieldInParameterList(4, 3));
        Assert.All(_rig.Target.PortGroups, static it => Assert.Equal(AccessState.ActiveOptimized, it.State));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(70000)]
    public void A_list_of_a_wrong_length_is_refused(int length) =>
        _rig.Run(PrimaryCdbs.SetTargetPortGroups((uint)length).AsSpan.ToArray(), new byte[length]).ShouldBe(Sense.ParameterListLengthError);

    [Fact]
    public void A_list_that_is_cut_is_refused() =>
        _rig.Run(PrimaryCdbs.SetTargetPortGroups(8).AsSpan.ToArray(), new byte[4]).ShouldBe(Sense.ParameterListLengthError);

    [Fact]
    public void Without_list_nothing_changes() => _rig.Run(PrimaryCdbs.SetTargetPortGroups(0).AsSpan.ToArray()).ShouldBeGood();

    [Fact]
    public void A_program_cannot_set_what_there_is_not()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _rig.Target.SetAccessState(3, AccessState.Standby));
        Assert.Throws<ArgumentOutOfRangeException>(() => _rig.Target.SetAccessState(1, AccessState.LogicalBlockDependent));
    }

    private Outcome Set(Nexus by, params (ushort Group, AccessState State)[] changes)
    {
        byte[] list = TargetPortGroup.ListFor(changes);
        return _rig.Run(by, PrimaryCdbs.SetTargetPortGroups((uint)list.Length).AsSpan.ToArray(), list);
    }
}
