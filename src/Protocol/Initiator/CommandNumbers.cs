using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <summary>
/// The initiator's half of command numbering (RFC 7143 §4.2.2.1): the CmdSN of the next request, what the target has acknowledged, how far its window reaches; and
/// for each number that is sent and not acknowledged, the request it was given to, so that no gap is left for good.
/// </summary>
/// <remarks>Allocates only when more numbers than ever before are under way.</remarks>
public sealed class CommandNumbers
{
    private const int MostUnacknowledged = 1 << 16;
    private const uint MostSkipped = 16;

    private Sent[] _sent = new Sent[64];

    /// <summary>Numbers begin anew, with a new session. The leading login has told the target the first (§11.12.8).</summary>
    public void Begin(Serial32 first)
    {
        Array.Clear(_sent);
        CmdSN = ExpCmdSN = MaxCmdSN = first;
    }

    /// <summary>The number of the next request.</summary>
    public Serial32 CmdSN { get; private set; }

    /// <summary>The first number that the target has not acknowledged.</summary>
    public Serial32 ExpCmdSN { get; private set; }

    /// <summary>The last number that the target takes.</summary>
    public Serial32 MaxCmdSN { get; private set; }

    /// <summary>A numbered request may be sent. Not while a target answers and answers but never acknowledges: what is kept of each number would grow without end.</summary>
    public bool IsOpen => CmdSN <= MaxCmdSN && Unacknowledged < MostUnacknowledged;

    /// <summary>Numbers that are not acknowledged.</summary>
    public int Unacknowledged => (int)(CmdSN - ExpCmdSN);

    /// <summary>What ExpCmdSN and MaxCmdSN of a PDU say; the larger of what came counts, and a MaxCmdSN below ExpCmdSN - 1 is ignored with its ExpCmdSN.</summary>
    /// <returns>False when the target acknowledges what was never sent.</returns>
    public bool Hear(Serial32 expCmdSN, Serial32 maxCmdSN)
    {
        if (expCmdSN > CmdSN)
        {
            return false;
        }

        if (maxCmdSN < expCmdSN - 1)
        {
            return true;
        }

        MaxCmdSN = maxCmdSN > MaxCmdSN ? maxCmdSN : MaxCmdSN;
        for (; ExpCmdSN < expCmdSN; ExpCmdSN++)
        {
            _sent[Slot(ExpCmdSN)] = default;
        }

        return true;
    }

    /// <summary>Numbers that were never given count as taken. False when they are too many to be believed.</summary>
    /// <param name="next">The next request's number.</param>
    public bool Skip(Serial32 next)
    {
        if (next < CmdSN || next - CmdSN > MostSkipped)
        {
            return false;
        }

        while (CmdSN != next)
        {
            if (Unacknowledged == _sent.Length)
            {
                Grow();
            }

            _sent[Slot(CmdSN)] = default;
            CmdSN++;
        }

        return true;
    }

    /// <summary>Gives the next number to a request that is sent now.</summary>
    public Serial32 Take(InitiatorRequest request, InitiatorConnection connection, TimeSpan now)
    {
        if (Unacknowledged == _sent.Length)
        {
            Grow();
        }

        _sent[Slot(CmdSN)] = new Sent { Request = request, Itt = request.InitiatorTaskTag, Connection = connection, At = now, Copies = 1 };
        return CmdSN++;
    }

    /// <summary>Has the target acknowledged the number?</summary>
    public bool IsAcknowledged(Serial32 number) => number < ExpCmdSN;

    /// <summary>What is known of a number that is not acknowledged.</summary>
    public ref Sent this[Serial32 number] => ref _sent[Slot(number)];

    private int Slot(Serial32 number) => (int)(number.Value & (uint)(_sent.Length - 1));

    private void Grow()
    {
        Sent[] larger = new Sent[_sent.Length * 2];
        for (Serial32 number = ExpCmdSN; number != CmdSN; number++)
        {
            larger[number.Value & (uint)(larger.Length - 1)] = _sent[Slot(number)];
        }

        _sent = larger;
    }

    /// <summary>A number under way.</summary>
    public struct Sent
    {
        /// <summary>The request that has it; that object may have ended and live another life with another tag.</summary>
        public InitiatorRequest? Request;

        /// <summary>The tag that the request had then.</summary>
        public uint Itt;

        /// <summary>The connection that it was sent on; null once that was logged out, so that it has to be sent on another.</summary>
        public InitiatorConnection? Connection;

        /// <summary>When it was sent last.</summary>
        public TimeSpan At;

        /// <summary>How often it was sent on that connection and not rejected.</summary>
        public int Copies;

        /// <summary>The target has rejected it: it is missing there for certain (RFC 7143 §7.3).</summary>
        public bool Rejected;
    }
}
