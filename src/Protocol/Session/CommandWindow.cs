using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>What becomes of a numbered request.</summary>
public enum Admission
{
    /// <summary>It is the next in order: deliver it.</summary>
    Deliver,

    /// <summary>One or more before it are missing: keep it.</summary>
    Hold,

    /// <summary>Outside the window or a duplicate: not a word (RFC 7143 §4.2.2.1).</summary>
    Ignore,
}

/// <summary>
/// The command window of a session (RFC 7143 §4.2.2.1): which numbered requests are delivered, held or ignored, and what ExpCmdSN and MaxCmdSN say. What is held here are
/// references given by the caller; they come out in order through <see cref="TryTakeNext"/>.
/// </summary>
/// <param name="first">The CmdSN that the full feature phase starts with.</param>
/// <param name="depth">Requests that the target takes on at once: the bound of held and running ones together. A power of two, so that the slots of held requests
/// stay apart when numbers wrap.</param>
public sealed class CommandWindow(Serial32 first, int depth)
{
    private readonly int _depth = System.Numerics.BitOperations.IsPow2(depth) ? depth : throw new ArgumentOutOfRangeException(nameof(depth), "a power of two");

    // Empty until the first request comes out of order: most sessions have one connection and never hold any.
    private object?[] _held = [];

    private int _running;

    /// <summary>Marks a number that counts as received without anything to deliver.</summary>
    public static readonly object Plug = new();

    /// <summary>Next number that is missing.</summary>
    public Serial32 ExpCmdSN { get; private set; } = first;

    /// <summary>Highest number that is welcome.</summary>
    public Serial32 MaxCmdSN => ExpCmdSN + (uint)(_depth - _running) - 1;

    /// <summary>Requests that wait behind a missing one.</summary>
    public int HeldCount { get; private set; }

    /// <summary>Requests delivered and not completed.</summary>
    public int Running => _running;

    /// <summary>Is the number between ExpCmdSN and MaxCmdSN?</summary>
    public bool Contains(Serial32 number) => number.IsWithin(ExpCmdSN, (uint)(_depth - _running));

    /// <summary>Decides about a non-immediate request. After <see cref="Admission.Deliver"/> the number is taken; after <see cref="Admission.Hold"/> call <see cref="Hold"/>.</summary>
    public Admission Admit(Serial32 number)
    {
        if (!Contains(number))
        {
            return Admission.Ignore;
        }

        if (number != ExpCmdSN)
        {
            return HeldAt(number) is null ? Admission.Hold : Admission.Ignore;
        }

        if (HeldAt(number) is not null)
        {
            return Admission.Ignore;
        }

        Take();
        return Admission.Deliver;
    }

    /// <summary>Is the number between ExpCmdSN and MaxCmdSN, and not here yet?</summary>
    public bool Misses(Serial32 number) => Contains(number) && HeldAt(number) is null;

    /// <summary>
    /// Takes back the last delivery, of a request that turned out to be rejected and is complete: its number counts as missing (RFC 7143 §7.3). To be called
    /// before anything else is delivered or told to the initiator.
    /// </summary>
    public void TakeBack() => ExpCmdSN -= 1;

    /// <summary>Keeps a request until the missing ones have come.</summary>
    public void Hold(Serial32 number, object request)
    {
        if (_held.Length == 0)
        {
            _held = new object?[_depth];
        }

        _held[SlotOf(number)] = request;
        HeldCount++;
    }

    /// <summary>Counts a missing number as received, so that a hole is closed (RFC 7143 §11.6.1 b). False when it was not missing.</summary>
    public bool PlugHole(Serial32 number)
    {
        if (!Contains(number) || HeldAt(number) is not null)
        {
            return false;
        }

        Hold(number, Plug);
        return true;
    }

    /// <summary>A held request, or null.</summary>
    public object? FindHeld(Predicate<object> wanted) =>
        HeldCount == 0 ? null : Array.Find(_held, request => request is not null && !ReferenceEquals(request, Plug) && wanted(request));

    /// <summary>Takes a held request out of its place and leaves its number counted as received. False when it is not held.</summary>
    public bool Withdraw(Serial32 number, object request)
    {
        if (!Contains(number) || !ReferenceEquals(HeldAt(number), request))
        {
            return false;
        }

        _held[SlotOf(number)] = Plug;
        return true;
    }

    /// <summary>
    /// Takes held requests out of their places, so that their numbers are missing again: what a connection brought and the target has not acknowledged is thrown
    /// away with it (RFC 7143 §11.14), and the initiator sends it again.
    /// </summary>
    /// <returns>How many.</returns>
    public int Forget(Predicate<object> unwanted)
    {
        int forgotten = 0;
        for (int i = 0; HeldCount > 0 && i < _held.Length; i++)
        {
            if (_held[i] is { } request && !ReferenceEquals(request, Plug) && unwanted(request))
            {
                _held[i] = null;
                HeldCount--;
                forgotten++;
            }
        }

        return forgotten;
    }

    /// <summary>Hands out the next held request whose turn has come, or <see cref="Plug"/>, which is completed already.</summary>
    public bool TryTakeNext(out object request)
    {
        request = Plug;
        if (HeldAt(ExpCmdSN) is not { } next)
        {
            return false;
        }

        _held[SlotOf(ExpCmdSN)] = null;
        HeldCount--;
        Take();
        request = next;
        if (ReferenceEquals(next, Plug))
        {
            Complete();
        }

        return true;
    }

    /// <summary>Gives up the room for held requests when there are none.</summary>
    public void Rest()
    {
        if (HeldCount == 0)
        {
            _held = [];
        }
    }

    /// <summary>A delivered request is done: the window opens by one.</summary>
    public void Complete()
    {
        System.Diagnostics.Debug.Assert(_running > 0, "complete only what was delivered");
        _running--;
    }

    private void Take()
    {
        ExpCmdSN += 1;
        _running++;
    }

    private object? HeldAt(Serial32 number) => HeldCount == 0 ? null : _held[SlotOf(number)];

    private int SlotOf(Serial32 number) => (int)(number.Value % (uint)_depth);
}
