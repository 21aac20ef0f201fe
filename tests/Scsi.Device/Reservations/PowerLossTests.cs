using System.Text;

namespace Blockwire.Scsi.Device.Tests.Reservations;

/// <summary>Goal: with APTPL registrations and reservation outlive a loss of power, and no command ends well without being kept (SPC-4 §5.13.5). Method: a new rig over the same store.</summary>
public sealed class PowerLossTests
{
    private readonly MemoryStore _store = new();

    [Theory]
    [InlineData(Pr.EA)]
    [InlineData(Pr.WEAR)]
    public void What_was_asked_to_outlive_power_is_there_again(ReservationType type)
    {
        Rig before = new(state: _store);
        before.Register(before.First, 1, persist: true);
        before.Register(before.Second, 2, persist: true);
        before.Reserve(before.First, 1, type);

        Rig after = new(state: _store);

        Assert.Equal([1UL, 2UL], after.Keys().Keys);
        Assert.Equal(0u, after.Keys().Generation);
        Assert.Equal(before.Reservation() with { Generation = 0 }, after.Reservation());
        Assert.True(after.Capabilities() is { PersistCapable: true, PersistActive: true });
        Nexus stranger = after.Attach("iqn.2026-11.local.stranger:s", 9);
        after.Run(stranger, Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldConflict();
        after.Run(after.First, Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
    }

    [Fact]
    public void Without_it_nothing_is_kept_and_what_was_kept_goes()
    {
        Rig before = new(state: _store);
        before.Register(before.First, 1, persist: true);
        before.Register(before.Second, 2, persist: false);
        Assert.False(before.Capabilities().PersistActive);

        Assert.Empty(new Rig(state: _store).Keys().Keys);
    }

    [Fact]
    public void Without_a_store_it_is_refused()
    {
        Rig rig = new();
        rig.Send(rig.First, ReservationAction.Register, new ReservationParameters(0, 1, PersistThroughPowerLoss: true).ToArray())
            .ShouldBe(Sense.InvalidFieldInParameterList(20, 0));
        Assert.Empty(rig.Keys().Keys);
    }

    [Fact]
    public void A_unit_that_nobody_asked_writes_nothing()
    {
        Rig rig = new(state: _store);
        rig.Register(rig.First, 1);
        rig.Reserve(rig.First, 1, Pr.WE);
        Assert.Equal(0, _store.Writes);
    }

    // Each action as a step from one kept state to another: when the store fails, neither the unit nor the store has moved.
    [Theory]
    [InlineData(ReservationAction.Register)]
    [InlineData(ReservationAction.RegisterAndIgnoreExistingKey)]
    [InlineData(ReservationAction.Release)]
    [InlineData(ReservationAction.Clear)]
    [InlineData(ReservationAction.Preempt)]
    [InlineData(ReservationAction.PreemptAndAbort)]
    [InlineData(ReservationAction.RegisterAndMove)]
    public void A_step_that_cannot_be_kept_is_not_taken(ReservationAction action)
    {
        Rig rig = new(state: _store);
        rig.Register(rig.First, 1, persist: true);
        rig.Register(rig.Second, 2, persist: true);
        rig.Reserve(rig.First, 1, Pr.WERO);
        string kept = _store.Text;
        _store.Fails = true;
        ReservationParameters keys = new(1, action is ReservationAction.Preempt or ReservationAction.PreemptAndAbort ? 2UL : 7UL, PersistThroughPowerLoss: true);
        byte[] list = action == ReservationAction.RegisterAndMove ? keys.ToMoveArray("iqn.x:y,i,0x000000000001", 1, false) : keys.ToArray();

        rig.Send(rig.First, action, list, Pr.WERO).ShouldBe(Sense.InsufficientRegistrationResources);

        Assert.Equal(kept, _store.Text);
        Assert.Equal((2u, 2), (rig.Keys().Generation, rig.Keys().Total));
        Assert.Equal(new CurrentReservation(2, 1, Pr.WERO), rig.Reservation());
        rig.HearsNothing(rig.Second);
        Assert.Equal([1UL, 2UL], new Rig(state: _store).Keys().Keys);

        _store.Fails = false;
        rig.Send(rig.First, action, list, Pr.WERO).ShouldBeGood();
        Assert.NotEqual(kept, _store.Text);
    }

    [Fact]
    public void A_reservation_that_cannot_be_kept_is_not_made()
    {
        Rig rig = new(state: _store);
        rig.Register(rig.First, 1, persist: true);
        _store.Fails = true;
        rig.Do(rig.First, ReservationAction.Reserve, 1, 0, Pr.EA).ShouldBe(Sense.InsufficientRegistrationResources);
        rig.Run(rig.Second, Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
    }

    [Fact]
    public void What_a_failed_write_may_have_left_is_written_over()
    {
        Rig rig = new(state: _store);
        rig.Register(rig.First, 1, persist: true);
        _store.FailsLate = true;
        rig.Do(rig.First, ReservationAction.Register, 1, 9).ShouldBe(Sense.InsufficientRegistrationResources);
        _store.FailsLate = false;
        rig.Send(rig.First, ReservationAction.Register, new ReservationParameters(1, 1, PersistThroughPowerLoss: true).ToArray()).ShouldBeGood();
        Assert.Equal([1UL], new Rig(state: _store).Keys().Keys);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"blockwireReservations":2,"type":0,"registrations":[]}""")]
    [InlineData("""{"blockwireReservations":1,"type":3,"registrations":[]}""")]
    [InlineData("""{"blockwireReservations":1,"type":4,"registrations":[{"key":"01","initiatorPort":"a","targetPort":1}],"holder":{"initiatorPort":"a","targetPort":1}}""")]
    [InlineData("""{"blockwireReservations":1,"type":0,"registrations":[{"key":"00","initiatorPort":"a","targetPort":1}]}""")]
    [InlineData("""{"blockwireReservations":1,"type":0,"registrations":[{"key":"x","initiatorPort":"a","targetPort":1}]}""")]
    [InlineData("""{"blockwireReservations":1,"type":0,"registrations":[{"key":"01","initiatorPort":null,"targetPort":1}]}""")]
    public void What_is_damaged_is_not_taken_for_nothing(string document)
    {
        _store.Text = document;
        UnitStateException refusal = Assert.Throws<UnitStateException>(() => new Rig(state: _store));
        Assert.Contains("reservations", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>A store that fails when told, before or after it wrote.</summary>
    private sealed class MemoryStore : IUnitStateStore
    {
        private byte[]? _document;

        public bool Fails { get; set; }

        public bool FailsLate { get; set; }

        public int Writes { get; private set; }

        public string Text
        {
            get => Encoding.UTF8.GetString(_document ?? []);
            set => _document = Encoding.UTF8.GetBytes(value);
        }

        public byte[]? Read(string name) => name == Device.Reservations.ReservationDocument.Name ? _document : null;

        public ValueTask ReplaceAsync(string name, ReadOnlyMemory<byte> document)
        {
            if (!Fails)
            {
                _document = document.ToArray();
                Writes++;
            }

            return Fails || FailsLate ? throw new UnitStateException("no room") : default;
        }
    }
}
