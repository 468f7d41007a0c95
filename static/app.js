// SPDX-License-Identifier: ISC
// Comfort only: every page works without this file. It copies, adds local
// times, moves focus to a message, selects all rows, and guards a page that
// shows a secret. It fetches nothing and stores nothing.
'use strict';

(function () {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const live = document.getElementById('live');

  function say(text) {
    live.textContent = '';
    setTimeout(() => { live.textContent = text; }, 50);
  }

  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  // Copy buttons: on https and loopback through the clipboard, elsewhere the
  // text is selected for the person to copy.
  all('[data-copy]').forEach((button) => {
    const source = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener('click', () => {
      const done = () => {
        say('Copied');
        button.textContent = 'Copied';
        setTimeout(() => { button.textContent = label; }, 4000);
      };
      const failed = () => {
        select(source);
        say('Press Ctrl+C to copy');
        button.textContent = 'Press Ctrl+C';
      };
      if (navigator.clipboard && isSecureContext)
        navigator.clipboard.writeText(source.textContent).then(done, failed);
      else
        failed();
    });
  });

  // Times are UTC on the page; the title tells the local time.
  all('time[datetime]').forEach((time) => {
    const date = new Date(time.dateTime);
    if (!time.title && time.dateTime.includes('T') && !isNaN(date))
      time.title = date.toLocaleString() + ' (your time)';
  });

  // A message that the page is about takes the focus.
  const message = document.querySelector('[data-focus]');
  if (message)
    message.focus();

  // Select all rows of a table.
  all('[data-all]').forEach((box) => {
    const rows = Array.from(box.form.elements[box.dataset.all] instanceof
      RadioNodeList ? box.form.elements[box.dataset.all]
      : [box.form.elements[box.dataset.all]]);
    const show = () => {
      const n = rows.filter((row) => row.checked).length;
      box.checked = n === rows.length;
      box.indeterminate = n > 0 && n < rows.length;
    };
    box.hidden = false;
    box.addEventListener('change', () => {
      rows.forEach((row) => { row.checked = box.checked; });
      show();
    });
    rows.forEach((row) => row.addEventListener('change', show));
    show();
  });

  // Passwords can be shown while they are typed.
  all('[data-show]').forEach((box) => {
    box.closest('.opt').hidden = false;
    box.addEventListener('change', () => {
      document.getElementById(box.dataset.show).type =
        box.checked ? 'text' : 'password';
    });
  });

  // A page with a secret: warn before it is left unsaved, and never bring the
  // secret back from the browser's memory of pages.
  const secret = document.querySelector('[data-secret]');
  if (secret) {
    let saved = false;
    all('[data-copy="' + secret.id + '"], [data-saved]').forEach((element) => {
      element.addEventListener('click', () => { saved = true; });
    });
    document.addEventListener('copy', () => { saved = true; });
    addEventListener('beforeunload', (event) => {
      if (!saved)
        event.preventDefault();
    });
    addEventListener('pageshow', (event) => {
      if (event.persisted)
        secret.textContent = '';
    });
  }
})();
