using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Blockwire.Protocol.Naming;

namespace Blockwire.Initiator;

/// <summary>
/// Gives out ISIDs for sessions, the same ones again and again (RFC 7143 §10.1.1, conservative reuse), and never one twice at a time towards one target
/// (§4.4.3, ISID rule), whichever programs of this user ask.
/// </summary>
/// <remarks>
/// An ISID is a random number of this state folder with a slot in its qualifier. Every target has slots of its own, so that the first session with any target
/// has the same ISID. A slot is held by a lock on its file, which the system lets go of when the process ends. What slot a portal group had last is kept,
/// so that each of several paths finds its own again.
/// </remarks>
/// <param name="folder">The state folder; null when there is none.</param>
public sealed class IsidRegistry(string? folder)
{
    /// <summary>Most sessions at a time of one initiator with one target that get lasting ISIDs.</summary>
    public const int MostSlots = 256;

    private const string NoGroup = "-";

    /// <summary>Takes an ISID for a session. Always gives one: without a usable state folder it is a random one, and the lease has a note.</summary>
    /// <param name="initiator">The initiator's name.</param>
    /// <param name="target">The target's name; null for discovery without a target.</param>
    /// <param name="portalGroupTag">The portal group, if it is known.</param>
    public IsidLease Lease(IscsiName initiator, IscsiName? target, ushort? portalGroupTag = null)
    {
        if (folder is null)
        {
            return Passing("there is no home for state: set BLOCKWIRE_STATE to a folder");
        }

        try
        {
            uint number = Number();
            string slots = Path.Combine(folder, "isid", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{initiator}\n{target}")).AsSpan(0, 16)));
            StateFolder.Create(slots);
            return TakeSlot(slots, number, portalGroupTag?.ToString(CultureInfo.InvariantCulture) ?? NoGroup);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Passing($"{folder} cannot be used ({problem.Message}): set BLOCKWIRE_STATE to another folder");
        }
    }

    private static IsidLease Passing(string why) => new(
        Isid.FromRandom((uint)RandomNumberGenerator.GetInt32(1 << 24), (ushort)RandomNumberGenerator.GetInt32(MostSlots, 1 << 16)), null,
        $"the ISID is one for this run; {why}");

    // The random number of this state folder.
    private uint Number()
    {
        string path = Path.Combine(folder!, "isid-number");
        string text = StateFolder.ReadOrCreate(path, static () => $"{RandomNumberGenerator.GetInt32(1 << 24):x6}");
        return uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number) && number < 1 << 24
            ? number
            : throw new IOException($"{path} does not hold six hexadecimal digits; delete it");
    }

    private static IsidLease TakeSlot(string slots, uint number, string group)
    {
        string history = Path.Combine(slots, "groups");
        Dictionary<string, int> last = ReadHistory(history);
        int? before = last.TryGetValue(group, out int known) ? known : null;

        // First what the group had, then what no group had, then any.
        HashSet<int> others = [.. last.Where(it => it.Key != group).Select(static it => it.Value)];
        foreach (int slot in Enumerable.Range(0, MostSlots).OrderBy(slot => slot == before ? 0 : others.Contains(slot) ? 2 : 1).ThenBy(static slot => slot))
        {
            if (TryLock(Path.Combine(slots, $"{slot}.lock")) is not { } held)
            {
                continue;
            }

            if (before is null)
            {
                last[group] = slot;
                StateFolder.Replace(history, string.Join('\n', last.Select(static it => $"{it.Key} {it.Value}")));
            }

            return new(Isid.FromRandom(number, (ushort)slot), held, null);
        }

        return Passing($"all {MostSlots} lasting ones are in use with this target");
    }

    private static Dictionary<string, int> ReadHistory(string path)
    {
        Dictionary<string, int> last = new(StringComparer.Ordinal);
        if (!File.Exists(path))
        {
            return last;
        }

        foreach (string line in File.ReadLines(path))
        {
            // A line that says nothing is worth no more than a missing one.
            if (line.Split(' ') is [string group, string slot] && int.TryParse(slot, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < MostSlots)
            {
                last[group] = number;
            }
        }

        return last;
    }

    // .NET locks what it opens for itself alone: with flock(2) where the system has it. Not even another open in this process gets through.
    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException problem) when (problem.HResult == LockedByOther)
        {
            return null;
        }
    }

    // ERROR_SHARING_VIOLATION, or EWOULDBLOCK as Linux and as the others number it.
    private static int LockedByOther => OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsLinux() ? 11 : 35;
}
