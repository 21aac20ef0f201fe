namespace Blockwire.Scsi.Device.Tests.Reservations;

/// <summary>Goal: RESERVE, RELEASE, CLEAR and the leaving of a holder, for each type (SPC-4 §5.13.9 to §5.13.11.6).</summary>
public sealed class ReserveTests
{
    private readonly Rig _rig = new();
    private readonly Nexus _third;

    public ReserveTests()
    {
        _third = _rig.Attach("iqn.2026-11.local.third:c", 3);
        _rig.Register(_rig.First, 1);
        _rig.Register(_rig.Second, 2);
    }

    public static TheoryData<ReservationType> Types => [Pr.WE, Pr.EA, Pr.WERO, Pr.EARO, Pr.WEAR, Pr.EAAR];

    [Theory]
    [InlineData(ReservationAction.Reserve)]
    [InlineData(ReservationAction.Release)]
    [InlineData(ReservationAction.Clear)]
    [InlineData(ReservationAction.Preempt)]
    [InlineData(ReservationAction.PreemptAndAbort)]
    public void A_nexus_that_is_not_registered_or_gives_another_key_conflicts(ReservationAction action)
    {
        _rig.Do(_third, action, 0, 2, Pr.WE).ShouldConflict();
        _rig.Do(_third, action, 1, 2, Pr.WE).ShouldConflict();
        _rig.Do(_rig.First, action, 2, 2, Pr.WE).ShouldConflict();
        Assert.Equal((2u, 2), (_rig.Keys().Generation, _rig.Keys().Total));
    }

    [Theory, MemberData(nameof(Types))]
    public void A_reservation_is_shown_with_key_and_type(ReservationType type)
    {
        _rig.Reserve(_rig.First, 1, type);

        bool all = type is Pr.WEAR or Pr.EAAR;
        Assert.Equal(new CurrentReservation(2, all ? 0UL : 1UL, type), _rig.Reservation());
        Assert.Equal([true, all], _rig.FullStatus().Select(static it => it.IsHolder));
        Assert.Equal([type, all ? type : default], _rig.FullStatus().Select(static it => it.Type));
    }

    [Theory, MemberData(nameof(Types))]
    public void The_same_again_is_good_and_another_type_conflicts(ReservationType type)
    {
        _rig.Reserve(_rig.First, 1, type);

        _rig.Reserve(_rig.First, 1, type);
        _rig.Do(_rig.First, ReservationAction.Reserve, 1, 0, type == Pr.WE ? Pr.EA : Pr.WE).ShouldConflict();
        Outcome other = _rig.Do(_rig.Second, ReservationAction.Reserve, 2, 0, type);
        Assert.Equal(type is Pr.WEAR or Pr.EAAR ? ScsiStatus.Good : ScsiStatus.ReservationConflict, other.Status);
        Assert.Equal(type, _rig.Reservation().Type);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(15)]
    public void A_reserved_type_is_refused(byte type) => _rig.Do(_rig.First, ReservationAction.Reserve, 1, 0, (ReservationType)type).ShouldBe(Sense.InvalidFieldInCdb(2, 3));

    [Fact]
    public void Another_scope_than_the_unit_is_refused() =>
        _rig.Send(_rig.First, ReservationAction.Reserve, new ReservationParameters(1).ToArray(), Pr.WE, scope: 2).ShouldBe(Sense.InvalidFieldInCdb(2));

    [Theory, MemberData(nameof(Types))]
    public void The_holder_releases_and_those_who_shared_hear_of_it(ReservationType type)
    {
        _rig.Reserve(_rig.First, 1, type);
        _rig.Do(_rig.First, ReservationAction.Release, 1, 0, type).ShouldBeGood();

        Assert.Equal(new CurrentReservation(2, null, default), _rig.Reservation());
        _rig.HearsNothing(_rig.First);
        _rig.HearsNothing(_third);
        if (type is Pr.WE or Pr.EA)
        {
            _rig.HearsNothing(_rig.Second);
        }
        else
        {
            _rig.Hears(_rig.Second, Sense.ReservationsReleased);
        }
    }

    [Fact]
    public void A_release_of_another_type_or_scope_is_refused()
    {
        _rig.Reserve(_rig.First, 1, Pr.WE);
        _rig.Do(_rig.First, ReservationAction.Release, 1, 0, Pr.EA).ShouldBe(Sense.InvalidReleaseOfReservation);
        _rig.Send(_rig.First, ReservationAction.Release, new ReservationParameters(1).ToArray(), Pr.WE, scope: 1).ShouldBe(Sense.InvalidReleaseOfReservation);
        Assert.Equal(Pr.WE, _rig.Reservation().Type);
    }

    [Fact]
    public void A_release_by_who_does_not_hold_does_nothing()
    {
        _rig.Do(_rig.First, ReservationAction.Release, 1, 0, Pr.WE).ShouldBeGood();
        _rig.Reserve(_rig.First, 1, Pr.WE);
        _rig.Do(_rig.Second, ReservationAction.Release, 2, 0, Pr.WE).ShouldBeGood();
        Assert.Equal(Pr.WE, _rig.Reservation().Type);
    }

    [Theory, MemberData(nameof(Types))]
    public void What_a_holder_reserved_goes_when_it_unregisters(ReservationType type)
    {
        _rig.Reserve(_rig.First, 1, type);
        _rig.Do(_rig.First, ReservationAction.Register, 1, 0).ShouldBeGood();

        bool stays = type is Pr.WEAR or Pr.EAAR;
        Assert.Equal(stays ? type : default, _rig.Reservation().Type);
        if (type is Pr.WERO or Pr.EARO)
        {
            _rig.Hears(_rig.Second, Sense.ReservationsReleased);
        }
        else
        {
            _rig.HearsNothing(_rig.Second);
        }

        _rig.Do(_rig.Second, ReservationAction.Register, 2, 0).ShouldBeGood();
        Assert.Equal(default, _rig.Reservation().Type);
    }

    [Fact]
    public void A_new_key_of_the_holder_leaves_the_reservation()
    {
        _rig.Reserve(_rig.First, 1, Pr.EA);
        _rig.Do(_rig.First, ReservationAction.Register, 1, 8).ShouldBeGood();
        Assert.Equal(new CurrentReservation(3, 8, Pr.EA), _rig.Reservation());
    }

    [Fact]
    public void Clear_takes_everything_from_everybody()
    {
        _rig.Reserve(_rig.Second, 2, Pr.EA);
        _rig.Do(_rig.First, ReservationAction.Clear, 1).ShouldBeGood();

        Assert.Equal((3u, 0), (_rig.Keys().Generation, _rig.Keys().Total));
        Assert.Equal(default, _rig.Reservation().Type);
        _rig.Hears(_rig.Second, Sense.ReservationsPreempted);
        _rig.HearsNothing(_rig.First);
        _rig.HearsNothing(_third);
    }

    [Fact]
    public void Capabilities_say_what_is_served()
    {
        ReservationCapabilities can = _rig.Capabilities();
        Assert.True(can is { AllTargetPorts: true, SpecifyInitiatorPorts: true, CompatibleWithReserve: true, PersistCapable: false, PersistActive: false, ReplaceLost: false });
        Assert.Equal(Types.Select(static it => it.Data).Order(), can.Types!.Order());
    }

    [Fact]
    public void A_report_is_cut_to_the_allocation_length_and_tells_its_whole_length()
    {
        Outcome outcome = _rig.Run(Pr.InCdb(ServiceAction.ReadKeys, 12));
        Assert.Equal(12, outcome.DataIn.Length);
        Assert.Equal(2, ReservationKeys.Parse(outcome.DataIn)!.Total);
        Assert.Empty(_rig.Run(Pr.InCdb(ServiceAction.ReadFullStatus, 0)).DataIn);
    }
}
