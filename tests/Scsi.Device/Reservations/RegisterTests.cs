namespace Blockwire.Scsi.Device.Tests.Reservations;

/// <summary>Goal: REGISTER and REGISTER AND IGNORE EXISTING KEY do what the tables of SPC-4 §5.13.7 say.</summary>
public sealed class RegisterTests
{
    private const string Third = "iqn.2026-11.local.third:c";

    private readonly Rig _rig = new(ports: [new(1, 1), new(2, 2)]);

    [Fact]
    public void An_unregistered_nexus_registers_with_key_0()
    {
        _rig.Do(_rig.First, ReservationAction.Register, 0, 0xA).ShouldBeGood();

        Assert.Equal((1u, 1), (_rig.Keys().Generation, _rig.Keys().Total));
        Assert.Equal([0xAUL], _rig.Keys().Keys);
    }

    [Fact]
    public void An_unregistered_nexus_with_a_key_conflicts() => _rig.Do(_rig.First, ReservationAction.Register, 1, 2).ShouldConflict();

    [Fact]
    public void Nothing_happens_when_an_unregistered_nexus_unregisters()
    {
        _rig.Do(_rig.First, ReservationAction.Register, 0, 0).ShouldBeGood();
        _rig.Do(_rig.First, ReservationAction.RegisterAndIgnoreExistingKey, 7, 0).ShouldBeGood();

        Assert.Equal((0u, 0), (_rig.Keys().Generation, _rig.Keys().Total));
    }

    [Fact]
    public void A_registered_nexus_must_give_its_key()
    {
        _rig.Register(_rig.First, 1);

        _rig.Do(_rig.First, ReservationAction.Register, 0, 2).ShouldConflict();
        _rig.Do(_rig.First, ReservationAction.Register, 3, 2).ShouldConflict();
        Assert.Equal((1u, 1UL), (_rig.Keys().Generation, _rig.Keys().Keys.Single()));
        _rig.Do(_rig.First, ReservationAction.Register, 1, 2).ShouldBeGood();
        Assert.Equal((2u, 2UL), (_rig.Keys().Generation, _rig.Keys().Keys.Single()));
    }

    [Fact]
    public void Ignoring_the_key_changes_and_removes_it()
    {
        _rig.Register(_rig.First, 1);
        _rig.Do(_rig.First, ReservationAction.RegisterAndIgnoreExistingKey, 9, 2).ShouldBeGood();
        Assert.Equal([2UL], _rig.Keys().Keys);
        _rig.Do(_rig.First, ReservationAction.RegisterAndIgnoreExistingKey, 9, 0).ShouldBeGood();
        Assert.Empty(_rig.Keys().Keys);
    }

    [Fact]
    public void Two_nexuses_may_have_one_key()
    {
        _rig.Register(_rig.First, 1);
        _rig.Register(_rig.Second, 1);
        Assert.Equal([1UL, 1UL], _rig.Keys().Keys);
    }

    [Fact]
    public void Another_port_of_the_initiator_is_another_registrant()
    {
        _rig.Register(_rig.First, 1);
        Nexus otherIsid = _rig.Attach(_rig.First.InitiatorName, 77), otherPort = _rig.Attach(_rig.First.InitiatorName, _rig.First.Isid, 2);

        foreach (Nexus other in new[] { otherIsid, otherPort })
        {
            _rig.Do(other, ReservationAction.Reserve, 1, 0, Pr.WE).ShouldConflict();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(23)]
    [InlineData(25)]
    [InlineData(28)]
    public void A_list_of_another_length_is_refused(int length) =>
        _rig.Send(_rig.First, ReservationAction.Register, new byte[length]).ShouldBe(Sense.ParameterListLengthError);

    [Fact]
    public void A_list_that_is_cut_is_refused() =>
        _rig.Run(_rig.First, Pr.OutCdb(ReservationAction.Register), new byte[20]).ShouldBe(Sense.ParameterListLengthError);

    [Fact]
    public void A_list_longer_than_64_KiB_is_refused_before_its_data_comes()
    {
        Outcome outcome = _rig.Run(_rig.First, Pr.OutCdb(ReservationAction.Register, int.MaxValue));
        outcome.ShouldBe(Sense.ParameterListLengthError);
        Assert.Equal(0u, outcome.DataOutWanted);
    }

    [Fact]
    public void All_target_ports_are_registered()
    {
        _rig.Send(_rig.First, ReservationAction.Register, new ReservationParameters(0, 5, AllTargetPorts: true).ToArray()).ShouldBeGood();

        Assert.Equal([1, 2], _rig.FullStatus().Select(static it => (int)it.RelativeTargetPort));
        Nexus otherPath = _rig.Attach(_rig.First.InitiatorName, _rig.First.Isid, 2);
        _rig.Reserve(otherPath, 5, Pr.WE);
    }

    [Fact]
    public void All_target_ports_are_unregistered()
    {
        _rig.Send(_rig.First, ReservationAction.Register, new ReservationParameters(0, 5, AllTargetPorts: true).ToArray()).ShouldBeGood();
        _rig.Send(_rig.First, ReservationAction.Register, new ReservationParameters(5, 0, AllTargetPorts: true).ToArray()).ShouldBeGood();
        Assert.Empty(_rig.Keys().Keys);
    }

    [Fact]
    public void Ports_that_a_list_names_are_registered()
    {
        byte[] list = new ReservationParameters(0, 5).ToArray($"{Third},i,0x00023D0000ff", _rig.Second.InitiatorPortName);
        _rig.Send(_rig.First, ReservationAction.Register, list).ShouldBeGood();

        Assert.Equal(
            [_rig.First.InitiatorPortName, $"{Third},i,0x00023d0000ff", _rig.Second.InitiatorPortName],
            _rig.FullStatus().Select(static it => it.InitiatorPort));
        _rig.Reserve(_rig.Second, 5, Pr.WE);
        Nexus late = _rig.Attach(Third, 0x00023D0000FF);
        _rig.Do(late, ReservationAction.Release, 5).ShouldBeGood();
    }

    [Fact]
    public void A_port_that_is_registered_keeps_its_key_when_a_list_names_it()
    {
        _rig.Register(_rig.Second, 2);
        _rig.Send(_rig.First, ReservationAction.Register, new ReservationParameters(0, 5).ToArray(_rig.Second.InitiatorPortName)).ShouldBeGood();
        Assert.Equal([2UL, 5UL], _rig.Keys().Keys);
    }

    [Fact]
    public void An_initiator_without_ISID_stands_for_its_ports_that_are_there()
    {
        Nexus one = _rig.Attach(Third, 1), two = _rig.Attach(Third, 2);
        _rig.Attach(Third, 3, port: 2);
        _rig.Send(_rig.First, ReservationAction.Register, new ReservationParameters(0, 5).ToArray(Third)).ShouldBeGood();
        Assert.Equal([_rig.First.InitiatorPortName, one.InitiatorPortName, two.InitiatorPortName], _rig.FullStatus().Select(static it => it.InitiatorPort));
    }

    [Fact]
    public void When_a_named_port_cannot_be_registered_none_is()
    {
        byte[] list = new ReservationParameters(0, 5).ToArray(_rig.Second.InitiatorPortName, "iqn.2026-11.local.nobody:n");
        _rig.Send(_rig.First, ReservationAction.Register, list).ShouldBe(Sense.InvalidFieldInParameterList(28 + TransportId.Write(_rig.Second.InitiatorPortName).Length));
        Assert.Empty(_rig.Keys().Keys);
    }

    [Fact]
    public void A_registered_nexus_cannot_register_others()
    {
        _rig.Register(_rig.First, 1);
        byte[] list = new ReservationParameters(1, 5).ToArray(_rig.Second.InitiatorPortName);
        _rig.Send(_rig.First, ReservationAction.Register, list).ShouldBe(Sense.InvalidFieldInParameterList(20, 3));
        Assert.Equal([1UL], _rig.Keys().Keys);
    }

    [Theory]
    [InlineData(ReservationAction.RegisterAndIgnoreExistingKey)]
    [InlineData(ReservationAction.Reserve)]
    [InlineData(ReservationAction.Clear)]
    public void Only_REGISTER_names_ports(ReservationAction action)
    {
        _rig.Register(_rig.First, 1);
        byte[] list = new ReservationParameters(1, 5).ToArray(_rig.Second.InitiatorPortName);
        _rig.Send(_rig.First, action, list, Pr.WE).ShouldBe(Sense.InvalidFieldInParameterList(20, 3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(0x12345)]
    public void A_wrong_length_of_the_names_is_refused(int said)
    {
        byte[] list = new ReservationParameters(0, 5).ToArray(_rig.Second.InitiatorPortName);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(list.AsSpan(24), said);
        _rig.Send(_rig.First, ReservationAction.Register, list).ShouldBe(Sense.ParameterListLengthError);
    }

    [Fact]
    public void Registrations_are_bounded()
    {
        List<string> names = [.. Enumerable.Range(0, 1023).Select(static i => $"iqn.x:{i},i,0x000000000001")];
        foreach (string[] some in names.Chunk(200))
        {
            _rig.Do(_rig.First, ReservationAction.RegisterAndIgnoreExistingKey, 0, 0).ShouldBeGood();
            _rig.Send(_rig.First, ReservationAction.Register, new ReservationParameters(0, 5).ToArray(some)).ShouldBeGood();
        }

        Assert.Equal(1024, _rig.Keys().Total);
        _rig.Do(_rig.Second, ReservationAction.Register, 0, 2).ShouldBe(Sense.InsufficientRegistrationResources);
        Assert.Equal(1024, _rig.Keys().Total);
    }

    [Fact]
    public void Registrations_outlive_nexus_loss_and_resets()
    {
        _rig.Register(_rig.First, 1);
        _rig.Reserve(_rig.First, 1, Pr.EA);
        _rig.Target.DetachNexus(_rig.First);
        _rig.Target.LogicalUnitReset(0, _rig.Second);
        _rig.Target.TargetReset(_rig.Second, powerOn: true);
        _rig.Hears(_rig.Second, Sense.PowerOnOccurred);

        _rig.Run(_rig.Second, Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldConflict();
        Nexus again = _rig.Attach(_rig.First.InitiatorName, _rig.First.Isid);
        _rig.Run(again, Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
    }
}
