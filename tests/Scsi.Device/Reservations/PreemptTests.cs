namespace Blockwire.Scsi.Device.Tests.Reservations;

/// <summary>Goal: PREEMPT, PREEMPT AND ABORT and REGISTER AND MOVE take and give what SPC-4 §5.13.8, §5.13.11.4 and §5.13.11.5 say, and tell who lost.</summary>
public sealed class PreemptTests
{
    private const string Stranger = "iqn.2026-11.local.stranger:s,i,0x000000000009";

    private readonly Rig _rig = new(ports: [new(1, 1), new(2, 2)]);
    private readonly Nexus _third;

    public PreemptTests()
    {
        _third = _rig.Attach("iqn.2026-11.local.third:c", 3);
        _rig.Register(_rig.First, 1);
        _rig.Register(_rig.Second, 2);
        _rig.Register(_third, 3);
    }

    [Theory]
    [InlineData(ReservationAction.Preempt)]
    [InlineData(ReservationAction.PreemptAndAbort)]
    public void The_holder_loses_reservation_and_registration(ReservationAction action)
    {
        _rig.Reserve(_rig.Second, 2, Pr.WE);
        _rig.Do(_rig.First, action, 1, 2, Pr.EA).ShouldBeGood();

        Assert.Equal(new CurrentReservation(4, 1, Pr.EA), _rig.Reservation());
        Assert.Equal([1UL, 3UL], _rig.Keys().Keys);
        _rig.Hears(_rig.Second, Sense.RegistrationsPreempted);
        _rig.Hears(_third, Sense.ReservationsReleased);
        _rig.HearsNothing(_rig.First);
        _rig.Run(_rig.Second, Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldConflict();
    }

    [Fact]
    public void Of_a_reservation_of_the_same_type_the_others_hear_nothing()
    {
        _rig.Reserve(_rig.Second, 2, Pr.WERO);
        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 2, Pr.WERO).ShouldBeGood();
        _rig.HearsNothing(_third);
    }

    [Fact]
    public void A_registration_is_taken_and_the_reservation_stays()
    {
        _rig.Reserve(_rig.Second, 2, Pr.WE);
        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 3, Pr.EA).ShouldBeGood();

        Assert.Equal(new CurrentReservation(4, 2, Pr.WE), _rig.Reservation());
        Assert.Equal([1UL, 2UL], _rig.Keys().Keys);
        _rig.Hears(_third, Sense.RegistrationsPreempted);
        _rig.HearsNothing(_rig.Second);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_key_that_nobody_has_conflicts(bool reserved)
    {
        if (reserved)
        {
            _rig.Reserve(_rig.Second, 2, Pr.WE);
        }

        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 9, Pr.WE).ShouldConflict();
        Assert.Equal((3u, 3), (_rig.Keys().Generation, _rig.Keys().Total));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Key_0_is_refused_unless_all_registrants_hold(bool reserved)
    {
        if (reserved)
        {
            _rig.Reserve(_rig.Second, 2, Pr.WE);
        }

        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 0, Pr.WE).ShouldBe(Sense.InvalidFieldInParameterList(8));
    }

    [Fact]
    public void Key_0_takes_everything_from_all_registrants()
    {
        _rig.Reserve(_rig.Second, 2, Pr.WEAR);
        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 0, Pr.WE).ShouldBeGood();

        Assert.Equal(new CurrentReservation(4, 1, Pr.WE), _rig.Reservation());
        Assert.Equal([1UL], _rig.Keys().Keys);
        _rig.Hears(_rig.Second, Sense.RegistrationsPreempted);
        _rig.Hears(_third, Sense.RegistrationsPreempted);
    }

    [Fact]
    public void A_key_takes_one_of_all_registrants_and_the_reservation_stays()
    {
        _rig.Reserve(_rig.Second, 2, Pr.WEAR);
        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 2, Pr.WE).ShouldBeGood();
        Assert.Equal(new CurrentReservation(4, 0, Pr.WEAR), _rig.Reservation());
        Assert.Equal([1UL, 3UL], _rig.Keys().Keys);
    }

    [Fact]
    public void The_holder_changes_the_type_by_preempting_itself()
    {
        _rig.Reserve(_rig.First, 1, Pr.WERO);
        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 1, Pr.EARO).ShouldBeGood();

        Assert.Equal(new CurrentReservation(4, 1, Pr.EARO), _rig.Reservation());
        Assert.Equal(3, _rig.Keys().Total);
        _rig.Hears(_rig.Second, Sense.ReservationsReleased);
        _rig.HearsNothing(_rig.First);
    }

    [Fact]
    public void Whoever_has_the_holders_key_goes_with_it()
    {
        _rig.Register(_third, 2);
        _rig.Reserve(_rig.Second, 2, Pr.WE);
        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 2, Pr.WE).ShouldBeGood();
        Assert.Equal([1UL], _rig.Keys().Keys);
        _rig.Hears(_third, Sense.RegistrationsPreempted);
    }

    [Fact]
    public void A_nexus_may_take_its_own_registration_away()
    {
        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 1, Pr.WE).ShouldBeGood();
        Assert.Equal([2UL, 3UL], _rig.Keys().Keys);
        _rig.HearsNothing(_rig.First);
    }

    [Fact]
    public void A_reserved_type_matters_only_when_something_is_reserved_by_it()
    {
        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 3, (ReservationType)9).ShouldBeGood();
        _rig.Reserve(_rig.Second, 2, Pr.WE);
        _rig.Do(_rig.First, ReservationAction.Preempt, 1, 2, (ReservationType)9).ShouldBe(Sense.InvalidFieldInCdb(2, 3));
        Assert.Equal(new CurrentReservation(4, 2, Pr.WE), _rig.Reservation());
    }

    [Fact]
    public void Preempt_and_abort_permits_the_removal_that_the_preempted_prevented()
    {
        Rig rig = new(removable: true);
        rig.Register(rig.First, 1);
        rig.Register(rig.Second, 2);
        rig.Run(rig.Second, Cdbs.Prevent(1)).ShouldBeGood();
        rig.Do(rig.First, ReservationAction.PreemptAndAbort, 1, 2, Pr.WE).ShouldBeGood();
        rig.Run(rig.First, Cdbs.StartStop(2)).ShouldBeGood();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reservation_moves_to_another_port(bool unregister)
    {
        _rig.Reserve(_rig.First, 1, Pr.EA);
        Move(new ReservationParameters(1, 9).ToMoveArray(Stranger, 2, unregister)).ShouldBeGood();

        Assert.Equal(new CurrentReservation(4, 9, Pr.EA), _rig.Reservation());
        Assert.Equal(unregister ? [2UL, 3UL, 9UL] : [1UL, 2UL, 3UL, 9UL], _rig.Keys().Keys);
        Assert.Equal((Stranger, 2), (_rig.FullStatus()[^1].InitiatorPort, (int)_rig.FullStatus()[^1].RelativeTargetPort));
        _rig.Run(_rig.First, Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldConflict();
    }

    [Fact]
    public void A_registered_destination_gets_the_new_key()
    {
        _rig.Reserve(_rig.First, 1, Pr.EA);
        Move(new ReservationParameters(1, 9).ToMoveArray(_rig.Second.InitiatorPortName, 1, false)).ShouldBeGood();
        Assert.Equal([1UL, 9UL, 3UL], _rig.Keys().Keys);
        Assert.Equal(9UL, _rig.Reservation().Key);
    }

    [Fact]
    public void Only_a_holder_moves_and_not_what_all_hold()
    {
        byte[] list = new ReservationParameters(1, 9).ToMoveArray(Stranger, 1, false);
        Move(list).ShouldConflict();
        _rig.Reserve(_rig.Second, 2, Pr.WE);
        Move(list).ShouldConflict();
        _rig.Do(_rig.Second, ReservationAction.Release, 2, 0, Pr.WE).ShouldBeGood();
        _rig.Reserve(_rig.First, 1, Pr.WEAR);
        Move(list).ShouldConflict();
        Move(new ReservationParameters(8, 9).ToMoveArray(Stranger, 1, false)).ShouldConflict();
    }

    [Fact]
    public void A_move_names_a_key_another_nexus_and_a_port_that_there_is()
    {
        _rig.Reserve(_rig.First, 1, Pr.WE);
        Move(new ReservationParameters(1, 0).ToMoveArray(Stranger, 1, false)).ShouldBe(Sense.InvalidFieldInParameterList(8));
        Move(new ReservationParameters(1, 9).ToMoveArray(Stranger, 3, false)).ShouldBe(Sense.InvalidFieldInParameterList(18));
        Move(new ReservationParameters(1, 9).ToMoveArray(_rig.First.InitiatorPortName, 1, false)).ShouldBe(Sense.InvalidFieldInParameterList(24));
        Move(new ReservationParameters(1, 9).ToMoveArray("iqn.2026-11.local.nobody:n", 1, false)).ShouldBe(Sense.InvalidFieldInParameterList(24));
        Move(new ReservationParameters(1, 9).ToArray()).ShouldBe(Sense.ParameterListLengthError);
        Move(new ReservationParameters(1, 9).ToMoveArray(Stranger, 1, false)[..^4]).ShouldBe(Sense.ParameterListLengthError);
        Assert.Equal(1UL, _rig.Reservation().Key);
    }

    private Outcome Move(byte[] list) => _rig.Send(_rig.First, ReservationAction.RegisterAndMove, list);
}
